namespace Fred.Cli;

/// <summary>Where lines of input come from.</summary>
internal interface ICommandSource
{
    /// <summary>Gets a value indicating whether the user sees prompt and line anyway, because a terminal shows them.</summary>
    bool ShowsInput { get; }

    /// <summary>Reads the next line.</summary>
    /// <param name="prompt">For a terminal.</param>
    /// <param name="ct">Ends the waiting; the source is not used afterwards.</param>
    /// <returns>The line without newline; null at the end.</returns>
    Task<string?> ReadLineAsync(string prompt, CancellationToken ct);
}

/// <summary>The lines of a script.</summary>
/// <param name="lines">Its commands.</param>
internal sealed class ScriptSource(IReadOnlyList<string> lines) : ICommandSource
{
    private int _next;

    /// <inheritdoc/>
    public bool ShowsInput => false;

    /// <inheritdoc/>
    public Task<string?> ReadLineAsync(string prompt, CancellationToken ct) => Task.FromResult(_next < lines.Count ? lines[_next++] : null);
}

/// <summary>Lines of standard input when it is no terminal.</summary>
/// <remarks>
/// Read byte by byte: the program shares this descriptor, and whatever were read ahead would be missing from its own input.
/// </remarks>
/// <param name="stream">Unbuffered.</param>
internal sealed class StreamSource(Stream stream) : ICommandSource
{
    /// <inheritdoc/>
    public bool ShowsInput => false;

    /// <inheritdoc/>
    public Task<string?> ReadLineAsync(string prompt, CancellationToken ct) => Task.Run(ReadLine, ct).WaitAsync(ct);

    private string? ReadLine()
    {
        List<byte> line = [];
        for (var b = stream.ReadByte(); b >= 0; b = stream.ReadByte())
        {
            if (b == '\n')
            {
                return Decode(line);
            }

            line.Add((byte)b);
        }

        return line.Count > 0 ? Decode(line) : null;
    }

    private static string Decode(List<byte> line) => System.Text.Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
}
