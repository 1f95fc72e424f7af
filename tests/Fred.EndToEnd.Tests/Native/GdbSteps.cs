using System.Globalization;
using Fred.Backends;

namespace Fred.EndToEnd.Tests;

/// <summary>A stop of gdb's own step, with nobody between gdb and the program.</summary>
internal readonly record struct GdbStep(long Pc, int Line, string Function);

/// <summary>The oracle: stock gdb steps a program the ordinary way.</summary>
internal static class GdbSteps
{
    /// <summary>Steps from main on.</summary>
    /// <param name="program">Compiled with -g.</param>
    /// <param name="most">Stops at most.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>The stops in the program's own code, main's first one first.</returns>
    public static async Task<IReadOnlyList<GdbStep>> ReadAsync(string program, int most, CancellationToken ct)
    {
        await using var gdb = await GdbProcess.StartAsync("gdb", Path.GetDirectoryName(program), ct);
        string[] setup =
        [
            "-gdb-set debug-file-directory /nowhere", // no symbols of the system's libraries, so that they are stepped over
            "-gdb-set inferior-tty /dev/null",
            "-file-exec-and-symbols " + MiParser.Quote(program),
            "-break-insert -t main",
        ];
        foreach (var command in setup)
        {
            await gdb.Mi.DoAsync(command, ct);
        }

        var steps = new List<GdbStep>();
        var reply = await gdb.Mi.RunAsync("-exec-run", ct);
        while (steps.Count < most && Frame(reply) is { } step)
        {
            steps.Add(step);
            reply = await gdb.Mi.RunAsync("-exec-step", ct);
        }

        return steps;
    }

    private static GdbStep? Frame(MiReply reply)
    {
        var frame = reply.Events.LastOrDefault(e => e is { Kind: '*', Class: "stopped" })?.Results.Find("frame");
        return frame?.FindText("line") is { } line
            ? new GdbStep((long)(frame["addr"].Address() ?? 0), int.Parse(line, CultureInfo.InvariantCulture), frame["func"].Text)
            : null;
    }
}
