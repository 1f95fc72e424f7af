using System.Text;
using System.Text.RegularExpressions;

namespace Fred.Cli;

/// <summary>Keeps what a program writes to its standard output and error in files, so that a line of it can be traced to its statement.</summary>
/// <remarks>The files are private and gone after disposal. What was written is passed on after the run, not while it lasts.</remarks>
internal sealed class OutputCapture : IDisposable
{
    /// <summary>A pattern that backtracks without end is the user's mistake, not a reason to wait.</summary>
    private static readonly TimeSpan PatternLimit = TimeSpan.FromSeconds(10);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-output-");
    private readonly string? _kept;

    /// <summary>Initializes a new instance of the <see cref="OutputCapture"/> class.</summary>
    /// <param name="output">Where the user wants the program's standard output; null for nowhere special.</param>
    public OutputCapture(string? output)
    {
        _kept = output;
        Files = [output ?? Path.Combine(_directory.FullName, "stdout"), Path.Combine(_directory.FullName, "stderr")];
    }

    private string[] Files { get; }

    /// <summary>Makes a pattern.</summary>
    /// <param name="pattern">As typed.</param>
    /// <returns>The expression.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: it is none.</exception>
    public static Regex Compile(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, PatternLimit);
        }
        catch (ArgumentException error)
        {
            throw new FredException(ErrorId.Usage, $"--output-matches: '{pattern}' is no regular expression: {error.Message}", error);
        }
    }

    /// <summary>Makes a program write to the files. Python then writes at once, so that the statement that prints is the one that writes.</summary>
    /// <param name="program">The program.</param>
    /// <returns>The same, redirected.</returns>
    public PythonArguments Redirect(PythonArguments program) => program with
    {
        Output = Files[0],
        ErrorOutput = Files[1],
        Environment = new Dictionary<string, string>(program.Environment) { ["PYTHONUNBUFFERED"] = "1" },
    };

    /// <summary>Finds the lines that match, standard output first, in the order in which each stream was written.</summary>
    /// <param name="pattern">Looked for in each line.</param>
    /// <returns>The matches.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: the pattern takes too long.</exception>
    public IEnumerable<OutputMatch> Find(Regex pattern)
    {
        for (var stream = 0; stream < Files.Length; stream++)
        {
            long start = 0;
            foreach (var line in Lines(Files[stream]))
            {
                var text = Encoding.UTF8.GetString(line);
                if (Match(pattern, text) is { } end)
                {
                    yield return new OutputMatch(stream + 1, start + Math.Max(1, Encoding.UTF8.GetByteCount(text.AsSpan(0, end))), text.TrimEnd('\n', '\r'));
                }

                start += line.Length;
            }
        }
    }

    /// <summary>Passes on what the program has written, unless it went to a file of the user's.</summary>
    /// <param name="to">Standard error.</param>
    public void PassOn(TextWriter to)
    {
        foreach (var file in Files.Where(f => f != _kept && File.Exists(f)))
        {
            using var reader = new StreamReader(file);
            var buffer = new char[1 << 14];
            for (int count; (count = reader.Read(buffer)) > 0;)
            {
                to.Write(buffer, 0, count);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _directory.Delete(recursive: true);

    private static int? Match(Regex pattern, string line)
    {
        try
        {
            return pattern.Match(line.TrimEnd('\n', '\r')) is { Success: true } match ? match.Index + match.Length : null;
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new FredException(ErrorId.Usage, $"--output-matches: the pattern takes longer than {PatternLimit.TotalSeconds} s on a line; use a simpler one.", error);
        }
    }

    /// <summary>The lines of a file as bytes, each with its newline.</summary>
    private static IEnumerable<byte[]> Lines(string file)
    {
        if (!File.Exists(file))
        {
            yield break;
        }

        using var stream = new BufferedStream(File.OpenRead(file), 1 << 16);
        var line = new List<byte>();
        for (var b = stream.ReadByte(); b >= 0; b = stream.ReadByte())
        {
            line.Add((byte)b);
            if (b == '\n')
            {
                yield return [.. line];
                line.Clear();
            }
        }

        if (line.Count > 0)
        {
            yield return [.. line];
        }
    }
}

/// <summary>A line of output that matched.</summary>
/// <param name="Stream">1 for standard output, 2 for standard error.</param>
/// <param name="End">How many bytes the program had written to the stream when the matching part was complete.</param>
/// <param name="Line">The line.</param>
internal sealed record OutputMatch(int Stream, long End, string Line);
