using System.Globalization;

namespace Fred.Cli;

/// <summary>The command line that runs the program again, at a prompt, and goes to a statement that was found.</summary>
/// <remarks>A statement made false by a search is found by the same search, so that it is found in a program that does not do exactly the same again, too.</remarks>
/// <param name="request">What was asked.</param>
/// <param name="entry">Where the program began.</param>
/// <param name="end">Where it stopped.</param>
/// <param name="lastWithFrames">Where its last statement is: one step back.</param>
internal sealed class ReopenCommand(BisectRequest request, StopEvent entry, StopEvent end, Ticks lastWithFrames)
{
    /// <summary>Goes to a tick.</summary>
    /// <param name="tick">Which.</param>
    /// <returns>The command line for a shell.</returns>
    public string At(Ticks tick) => Line([$"goto {tick}"]);

    /// <summary>Repeats a search.</summary>
    /// <param name="expression">What should hold.</param>
    /// <param name="scope">Whose names it uses.</param>
    /// <param name="from">Where the search begins, when that is not where the program stopped.</param>
    /// <param name="found">The tick that was found.</param>
    /// <returns>The command line for a shell.</returns>
    public string Search(string expression, ChosenScope scope, Ticks from, Ticks found)
    {
        if (expression.Contains(";;", StringComparison.Ordinal) || expression.Contains('\n', StringComparison.Ordinal))
        {
            return At(found);
        }

        List<string> commands = from == end.At ? [] : from == lastWithFrames ? ["reverse-step"] : [$"goto {from}"];
        if (!scope.IsInnermostOfFunction && scope.FrameIndex is > 0 and { } index)
        {
            commands.Add(string.Create(CultureInfo.InvariantCulture, $"up {index}"));
        }

        var frame = scope.IsInnermostOfFunction ? $" --frame {scope.Function}" : string.Empty;
        var which = request.Which switch { WhichTransition.First => " --first", WhichTransition.All => " --all", _ => string.Empty };
        commands.Add($"reverse-watch {expression}{frame}{which}");
        return Line(commands);
    }

    private static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "_@%+=:,./-".Contains(c, StringComparison.Ordinal)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private string Line(IReadOnlyList<string> commands)
    {
        var program = request.Recording.Program;
        List<string> words = [.. program.Environment.Count > 0 ? ["env"] : (string[])[], .. program.Environment.Select(v => $"{v.Key}={v.Value}"), .. request.FredCommand, program.Native is null ? "python" : "gdb", "-i"];
        words.AddRange(Options(program));
        foreach (var command in (string[])[.. Running(), .. commands])
        {
            words.Add("-ex");
            words.Add(command);
        }

        words.AddRange(program.Module is { } module ? ["-m", module] : [program.Native ?? program.Script ?? string.Empty]);
        words.AddRange(program.ProgramArguments);
        return string.Join(' ', words.Select(Quote));
    }

    private static IEnumerable<string> Options(PythonArguments program)
    {
        if (program.Python is { } python)
        {
            yield return "--python";
            yield return python;
        }

        if (program.Gdb is { } gdb)
        {
            yield return "--gdb";
            yield return gdb;
        }

        if (program is { Native: not null, NativeHead: false })
        {
            yield return "--head";
            yield return "translated";
        }

        if (program.Checkpointer != "fork")
        {
            yield return "--checkpointer";
            yield return program.Checkpointer;
        }

        if (program.RandomSchedule is { } seed)
        {
            yield return "--schedule";
            yield return string.Create(CultureInfo.InvariantCulture, $"random:{seed}");
        }

        if (program.FollowChild is { } child)
        {
            yield return "--follow";
            yield return string.Create(CultureInfo.InvariantCulture, $"child:{child}");
        }

        foreach (var pattern in program.TraceLibrary)
        {
            yield return "--trace-library";
            yield return pattern;
        }
    }

    /// <summary>The commands that bring the program to where it stopped.</summary>
    private IEnumerable<string> Running()
    {
        if (end.Reason == StopReason.Pause)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{(request.Recording.Program.Native is null ? "step" : "stepi")} {end.At - entry.At}");
            yield break;
        }

        if (request.Recording.Until is { } until)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"break {until.Location.File}:{until.Location.Line}");
            if (until.Hit - (until.IsAt(entry.Location) ? 1 : 0) is > 1 and { } hits)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"ignore 1 {hits - 1}");
            }
        }

        if (end.At > entry.At)
        {
            yield return "continue";
        }
    }
}
