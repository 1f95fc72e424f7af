using System.Globalization;
using Fred.Backends;

namespace Fred.EndToEnd.Tests;

/// <summary>A stop of gdb's own step, with nobody between gdb and the program.</summary>
/// <param name="Pc">The instruction.</param>
/// <param name="Line">Its line.</param>
/// <param name="Function">Its function.</param>
/// <param name="Sp">The stack pointer.</param>
/// <param name="Value">What was to be evaluated at each stop.</param>
internal readonly record struct GdbStep(long Pc, int Line, string Function, long Sp, string Value);

/// <summary>The oracle: stock gdb steps a program the ordinary way.</summary>
internal static class GdbSteps
{
    /// <summary>Steps from main on. Where a function is called <c>once</c>, gdb stops there also when it has lost the program: after longjmp, and in unwinding an exception.</summary>
    /// <param name="program">Compiled with -g.</param>
    /// <param name="argument">The program's.</param>
    /// <param name="expression">Evaluated at each stop.</param>
    /// <param name="most">Stops at most.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>The stops in the program's own code, main's first one first.</returns>
    public static async Task<IReadOnlyList<GdbStep>> ReadAsync(string program, string argument, string expression, int most, CancellationToken ct)
    {
        await using var gdb = await GdbProcess.StartAsync("gdb", Path.GetDirectoryName(program), ct);
        string[] setup =
        [
            "-gdb-set debug-file-directory /nowhere", // no symbols of the system's libraries, so that they are stepped over
            "-gdb-set inferior-tty /dev/null",
            "-file-exec-and-symbols " + MiParser.Quote(program),
            "-exec-arguments " + argument,
            "-break-insert -t main",
            "-break-insert -f once",
        ];
        foreach (var command in setup)
        {
            await gdb.Mi.DoAsync(command, ct);
        }

        var steps = new List<GdbStep>();
        var reply = await gdb.Mi.RunAsync("-exec-run", ct);
        while (steps.Count < most && Frame(reply) is { } step)
        {
            var sp = await ValueAsync("(long)$sp");
            steps.Add(step with { Sp = long.Parse(sp, CultureInfo.InvariantCulture), Value = await ValueAsync(expression) });
            reply = await gdb.Mi.RunAsync("-exec-step", ct);
        }

        return steps;

        async Task<string> ValueAsync(string what) => (await gdb.Mi.DoAsync("-data-evaluate-expression " + MiParser.Quote(what), ct))["value"].Text;
    }

    private static GdbStep? Frame(MiReply reply)
    {
        var frame = reply.Events.LastOrDefault(e => e is { Kind: '*', Class: "stopped" })?.Results.Find("frame");
        return frame?.FindText("line") is { } line
            ? new GdbStep((long)(frame["addr"].Address() ?? 0), int.Parse(line, CultureInfo.InvariantCulture), frame["func"].Text, 0, string.Empty)
            : null;
    }
}
