using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Fred.Backends;

/// <summary>Files of the target's machine, which is this machine: what a gdb that was started without a program reads its symbols from.</summary>
/// <remarks>Reading only. Descriptors are this connection's own numbers.</remarks>
internal sealed class RspFiles
{
    private const int NotFound = 2;
    private const int BadDescriptor = 9;
    private const int AccessDenied = 13;
    private const int InvalidArgument = 22;
    private readonly Dictionary<int, FileStream> _open = [];
    private int _last = 2;

    /// <summary>Answers a request.</summary>
    /// <param name="request">Behind <c>vFile:</c>.</param>
    /// <returns>The answer.</returns>
    public byte[] Answer(string request)
    {
        var colon = request.IndexOf(':', StringComparison.Ordinal);
        var arguments = colon < 0 ? [] : request[(colon + 1)..].Split(',');
        return (colon < 0 ? request : request[..colon]) switch
        {
            "setfs" => Result(0),
            "open" => Open(arguments),
            "pread" => Read(arguments),
            "close" => Close(arguments),
            "fstat" => Status(arguments),
            "readlink" => ReadLink(arguments),
            _ => [],
        };
    }

    private static byte[] Result(long value) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"F{value:x}"));

    private static byte[] Failure(int errno) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"F-1,{errno:x}"));

    private static byte[] Data(ReadOnlySpan<byte> data) => [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"F{data.Length:x};")), .. data];

    private static string? Name(string[] arguments) => arguments.Length > 0 && RspCodec.TryBytes(arguments[0], out var name) ? Encoding.UTF8.GetString(name) : null;

    private byte[] Open(string[] arguments)
    {
        if (Name(arguments) is not { } path || arguments.Length != 3 || !RspCodec.TryNumber(arguments[1], out var flags))
        {
            return Failure(InvalidArgument);
        }

        if (flags != 0)
        {
            return Failure(AccessDenied);
        }

        try
        {
            _open[++_last] = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Result(_last);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Failure(e is UnauthorizedAccessException ? AccessDenied : NotFound);
        }
    }

    private byte[] Read(string[] arguments)
    {
        if (arguments.Length != 3 || Find(arguments) is not { } file)
        {
            return Failure(BadDescriptor);
        }

        if (!RspCodec.TryNumber(arguments[1], out var count) || !RspCodec.TryNumber(arguments[2], out var offset) || offset > long.MaxValue)
        {
            return Failure(InvalidArgument);
        }

        try
        {
            // Escapes may double the length.
            var buffer = new byte[Math.Min(count, (RspReader.LongestPacket / 2) - 64)];
            return Data(buffer.AsSpan(0, RandomAccess.Read(file.SafeFileHandle, buffer, (long)offset)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return Failure(InvalidArgument);
        }
    }

    private byte[] Close(string[] arguments)
    {
        if (Find(arguments) is not { } file)
        {
            return Failure(BadDescriptor);
        }

        file.Dispose();
        return Result(0);
    }

    /// <summary>gdb's own struct stat: big-endian, 64 bytes. Only the mode, the size and the time mean anything to it.</summary>
    private byte[] Status(string[] arguments)
    {
        if (Find(arguments) is not { } file)
        {
            return Failure(BadDescriptor);
        }

        Span<byte> status = stackalloc byte[64];
        BinaryPrimitives.WriteUInt32BigEndian(status[8..], 0x8000 | 0x1a4);
        BinaryPrimitives.WriteUInt32BigEndian(status[12..], 1);
        BinaryPrimitives.WriteInt64BigEndian(status[28..], file.Length);
        BinaryPrimitives.WriteInt64BigEndian(status[36..], 4096);
        BinaryPrimitives.WriteInt64BigEndian(status[44..], (file.Length + 511) / 512);
        var time = new DateTimeOffset(File.GetLastWriteTimeUtc(file.SafeFileHandle)).ToUnixTimeSeconds();
        BinaryPrimitives.WriteUInt32BigEndian(status[60..], (uint)time);
        return Data(status);
    }

    private static byte[] ReadLink(string[] arguments)
    {
        try
        {
            return Name(arguments) is { } path && new FileInfo(path).LinkTarget is { } link ? Data(Encoding.UTF8.GetBytes(link)) : Failure(InvalidArgument);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Failure(NotFound);
        }
    }

    private FileStream? Find(string[] arguments) =>
        arguments.Length > 0 && RspCodec.TryNumber(arguments[0], out var number) && number <= int.MaxValue ? _open.GetValueOrDefault((int)number) : null;
}
