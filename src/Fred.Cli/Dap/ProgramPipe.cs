using System.Globalization;
using System.IO.Pipes;
using System.Text;
using System.Threading.Channels;
using Fred.Dap;

namespace Fred.Cli;

/// <summary>One output stream of a debugged program, read through a pipe that the program opens by name.</summary>
/// <remarks>
/// What is hard is to know when everything written before a stop has been read: the stop comes on another connection. So fred writes a mark into the same pipe
/// after the stop; what the program wrote lies before it. The mark is random, shorter than what a pipe splits, and taken out again.
/// </remarks>
internal sealed class ProgramPipe : IAsyncDisposable
{
    private const int BufferSize = 32 << 10;

    private readonly AnonymousPipeServerStream _pipe = new(PipeDirection.In, HandleInheritability.None, BufferSize);
    private readonly byte[] _mark = Guid.NewGuid().ToByteArray();
    private readonly bool _isError;
    private readonly ChannelWriter<DebuggeeOutput> _output;
    private readonly FileStream _marker;
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly Task _reading;

    /// <summary>Initializes a new instance of the <see cref="ProgramPipe"/> class, which reads at once.</summary>
    /// <param name="isError">Standard error instead of standard output.</param>
    /// <param name="output">Where the text goes.</param>
    public ProgramPipe(bool isError, ChannelWriter<DebuggeeOutput> output)
    {
        (_isError, _output) = (isError, output);
        Path = string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{_pipe.ClientSafePipeHandle.DangerousGetHandle()}");
        _marker = new FileStream(Path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, BufferSize = 0 });
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Gets the name under which a process of the same user opens the writing end.</summary>
    public string Path { get; }

    /// <summary>Waits until everything written so far has been passed on.</summary>
    public async Task SettleAsync()
    {
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiting.Enqueue(settled);
        }

        await Task.Run(() => _marker.Write(_mark)).ConfigureAwait(false);
        await settled.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await SettleAsync().ConfigureAwait(false);
        await _marker.DisposeAsync().ConfigureAwait(false);
        _pipe.DisposeLocalCopyOfClientHandle();
#pragma warning disable VSTHRD003 // Started by this class.
        await _reading.ConfigureAwait(false);
#pragma warning restore VSTHRD003
        await _pipe.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReadAsync()
    {
        var decoder = Encoding.UTF8.GetDecoder();
        var pending = new List<byte>();
        var buffer = new byte[BufferSize];
        var text = new char[Encoding.UTF8.GetMaxCharCount(BufferSize + _mark.Length)];
        int read;
        while ((read = await _pipe.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            pending.AddRange(buffer.AsSpan(0, read));
            for (var at = IndexOfMark(pending); at >= 0; at = IndexOfMark(pending))
            {
                await PassOnAsync(pending, at, decoder, text).ConfigureAwait(false);
                pending.RemoveRange(0, _mark.Length);
                lock (_lock)
                {
                    _waiting.Dequeue().SetResult();
                }
            }

            await PassOnAsync(pending, pending.Count - PartOfMark(pending), decoder, text).ConfigureAwait(false);
        }
    }

    private int IndexOfMark(List<byte> bytes) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes).IndexOf(_mark);

    // How many bytes at the end may be the beginning of a mark whose rest has not been read yet.
    private int PartOfMark(List<byte> bytes)
    {
        var span = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes);
        for (var length = Math.Min(_mark.Length - 1, span.Length); length > 0; length--)
        {
            if (span.EndsWith(_mark.AsSpan(0, length)))
            {
                return length;
            }
        }

        return 0;
    }

    private async Task PassOnAsync(List<byte> bytes, int count, Decoder decoder, char[] text)
    {
        while (count > 0)
        {
            var part = Math.Min(count, BufferSize);
            var length = decoder.GetChars(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes)[..part], text, flush: false);
            bytes.RemoveRange(0, part);
            count -= part;
            if (length > 0)
            {
                await _output.WriteAsync(new DebuggeeOutput(_isError, new string(text, 0, length))).ConfigureAwait(false);
            }
        }
    }
}
