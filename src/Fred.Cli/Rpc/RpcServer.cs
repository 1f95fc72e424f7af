using System.Text.Json;
using System.Threading.Channels;

namespace Fred.Cli;

/// <summary>Serves one client of <c>fred rpc</c>: reads lines, answers in order.</summary>
/// <remarks>
/// Concurrency: (1) one task reads, so that a cancel is seen while something runs; (2) one task carries out what was read, one at a time. The end of the input lets
/// what was read be carried out first: a shell's pipe closes its end early.
/// </remarks>
/// <param name="input">Lines of JSON.</param>
/// <param name="writer">To the client.</param>
/// <param name="methods">What can be asked.</param>
internal sealed class RpcServer(Stream input, RpcWriter writer, RpcMethods methods)
{
    private readonly Channel<Work> _work = Channel.CreateUnbounded<Work>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly HashSet<string> _cancelled = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private (string Id, CancellationTokenSource Source)? _current;

    /// <summary>Serves until the client says shutdown or closes its end.</summary>
    /// <param name="ct">Ends it early.</param>
    /// <returns>Done when everything is answered.</returns>
    public async Task RunAsync(CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var working = WorkAsync(ending, ct);
        try
        {
            using var reader = new StreamReader(input, leaveOpen: true);
            while (await Task.Run(reader.ReadLine, CancellationToken.None).WaitAsync(ending.Token).ConfigureAwait(false) is { } line)
            {
                Take(line);
            }
        }
        catch (OperationCanceledException)
        {
            // Shutdown, or a signal: what the client still says is not read.
        }

        _work.Writer.Complete();
        await working.ConfigureAwait(false);
    }

    private void Take(string line)
    {
        if (line.Length == 0)
        {
            return;
        }

        JsonElement message;
        try
        {
            using var document = JsonDocument.Parse(line);
            message = document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            _work.Writer.TryWrite(new Work([Fail(new RpcException(RpcException.ParseError, ErrorId.Usage, $"A line is no JSON: {error.Message}"))], false));
            return;
        }

        var isBatch = message.ValueKind == JsonValueKind.Array && message.GetArrayLength() > 0;
        _work.Writer.TryWrite(new Work([.. (isBatch ? [.. message.EnumerateArray()] : new[] { message }).Select(Read).OfType<Func<CancellationToken, Task<byte[]?>>>()], isBatch));
    }

    private static Func<CancellationToken, Task<byte[]?>> Fail(RpcException error) => _ => Task.FromResult<byte[]?>(RpcWriter.Response(null, error));

    /// <summary>What is to be done for one request; null when it was done at once.</summary>
    private Func<CancellationToken, Task<byte[]?>>? Read(JsonElement json)
    {
        RpcRequest request;
        try
        {
            request = RpcRequest.Read(json);
        }
        catch (RpcException error)
        {
            return Fail(error);
        }

        if (request.Method != "cancel")
        {
            return ct => AnswerAsync(request, ct);
        }

        if (request.Member("id") is { } id)
        {
            Cancel(id.GetRawText());
        }

        return request.Id is null ? null : _ => Task.FromResult<byte[]?>(RpcWriter.Response(request.Id, static json => json.WriteNullValue()));
    }

    private void Cancel(string id)
    {
        lock (_lock)
        {
            if (_current is { } current && current.Id == id)
            {
                // On a task of its own: what it wakes must not run on the reader's.
                _ = Task.Run(current.Source.Cancel);
            }
            else
            {
                _cancelled.Add(id);
            }
        }
    }

    private async Task WorkAsync(CancellationTokenSource ending, CancellationToken ct)
    {
        await foreach (var work in _work.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            var answers = new List<byte[]>();
            foreach (var item in work.Items.TakeWhile(_ => !methods.IsOver && !ct.IsCancellationRequested))
            {
                if (await item(ct).ConfigureAwait(false) is { } answer)
                {
                    answers.Add(answer);
                }
            }

            writer.Send(answers, work.IsBatch);
            if (methods.IsOver)
            {
                await ending.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<byte[]?> AnswerAsync(RpcRequest request, CancellationToken ct)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var id = request.Id?.GetRawText() ?? string.Empty;
        bool wasCancelled;
        lock (_lock)
        {
            _current = (id, source);
            wasCancelled = request.Id is not null && _cancelled.Remove(id);
        }

        byte[] answer;
        try
        {
            if (wasCancelled)
            {
                throw new OperationCanceledException();
            }

            answer = RpcWriter.Response(request.Id, await methods.CallAsync(request, source.Token).ConfigureAwait(false));
        }
        catch (RpcException error)
        {
            answer = RpcWriter.Response(request.Id, error);
        }
        catch (OperationCanceledException)
        {
            answer = RpcWriter.Response(request.Id, new RpcException(RpcException.Refused, ErrorId.Cancelled, "Cancelled before it began."));
        }
#pragma warning disable CA1031 // A client waits for this answer, whatever went wrong.
        catch (Exception error)
#pragma warning restore CA1031
        {
            answer = RpcWriter.Response(request.Id, new RpcException(RpcException.InternalError, ErrorId.Internal, $"This is an error in fred itself, please report it: {error}"));
        }
        finally
        {
            lock (_lock)
            {
                _current = null;
            }
        }

        return request.Id is null ? null : answer;
    }

    private sealed record Work(IReadOnlyList<Func<CancellationToken, Task<byte[]?>>> Items, bool IsBatch);
}
