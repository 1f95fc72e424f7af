using System.Globalization;

namespace Fred.Cli;

/// <summary>The questions about what the program did: its output, its exit status, its exception. The answer is the statement that did it.</summary>
/// <param name="recording">The program, run.</param>
/// <param name="request">What was asked.</param>
/// <param name="reopen">Makes command lines.</param>
internal sealed class Conditions(Recording recording, BisectRequest request, ReopenCommand reopen)
{
    /// <summary>By number, from 1.</summary>
    private static readonly string[] Signals =
    [
        "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT",
        "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>How often a place may be reached again by a handler before the failure is reported; then the last statement is named instead.</summary>
    private const int MostHits = 64;

    private StopEvent End => recording.End;

    private DebugSession Session => recording.Session;

    /// <summary>Names the questions of a request.</summary>
    /// <param name="request">What was asked.</param>
    /// <returns>One text for each, in the order of the answers.</returns>
    public static IEnumerable<string> Questions(BisectRequest request)
    {
        if (request.Exception is { } type)
        {
            yield return $"exception {type}";
        }

        if (request.ExitCode is { } code)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"exit code {code}");
        }

        if (request.OutputMatches is { } pattern)
        {
            yield return $"output matches {pattern}";
        }
    }

    /// <summary>Whether the program ended by the exception that was asked for.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>The answer.</returns>
    public async Task<BisectAnswer> ExceptionAsync(CancellationToken ct)
    {
        var (question, text) = ($"exception {request.Exception}", End.Detail ?? string.Empty);
        return End.Reason == StopReason.Exception && IsOfType(text, request.Exception!)
            ? await BlameLastAsync(question, "no exception", text, ct).ConfigureAwait(false)
            : new BisectAnswer(question, BisectResult.AlwaysGood);
    }

    /// <summary>Whether the program ended with the status that was asked for.</summary>
    /// <param name="ct">Cancels.</param>
    /// <returns>The answer.</returns>
    public async Task<BisectAnswer> ExitCodeAsync(CancellationToken ct)
    {
        var question = string.Create(CultureInfo.InvariantCulture, $"exit code {request.ExitCode}");
        return Status(End) == request.ExitCode
            ? await BlameLastAsync(question, "running", string.Create(CultureInfo.InvariantCulture, $"exit code {request.ExitCode}"), ct).ConfigureAwait(false)
            : new BisectAnswer(question, BisectResult.AlwaysGood);
    }

    /// <summary>Finds the statements that wrote matching lines.</summary>
    /// <param name="capture">What the program has written.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The answer.</returns>
    public async Task<BisectAnswer> OutputAsync(OutputCapture capture, CancellationToken ct)
    {
        var matches = capture.Find(request.OutputMatches!).ToList();
        var wanted = request.Which switch { WhichTransition.First => matches.Take(1), WhichTransition.Last => matches.TakeLast(1), _ => matches };
        var answer = new BisectAnswer($"output matches {request.OutputMatches}", BisectResult.AlwaysGood);
        foreach (var match in wanted)
        {
            await Session.ExecuteAsync(new SessionCommand.GotoLive(), ct).ConfigureAwait(false);
            var query = new WatchQuery(string.Create(CultureInfo.InvariantCulture, $"written < {match.End}"), new EvaluationScope.OfOutput(match.Stream));
            var report = await Session.ReverseWatchAsync(query, ct).ConfigureAwait(false);
            var found = report.Transitions.Select(t => t with { Before = Said(Truth.Good, "not written yet"), After = Said(Truth.Bad, match.Line) });
            answer = answer with
            {
                Result = report.Result == WatchResult.Transition ? BisectResult.Transition : answer.Result,
                Transitions = [.. answer.Transitions.Concat(found).DistinctBy(t => t.At).OrderBy(t => t.At)],
                Evaluations = answer.Evaluations + report.Evaluations,
                Checkpoints = report.Checkpoints,
            };
        }

        return answer.Transitions.Count == 0 ? answer : answer with { Reopen = reopen.At(answer.Transitions[^1].At) };
    }

    private static bool IsOfType(string text, string type)
    {
        var name = text.Split(':')[0];
        return type is "Exception" or "BaseException" || name == type || name.EndsWith("." + type, StringComparison.Ordinal) || type.EndsWith("." + name, StringComparison.Ordinal);
    }

    /// <summary>As a shell sees it: 128 more than the signal's number when one killed it.</summary>
    private static int? Status(StopEvent end) => end.Reason switch
    {
        StopReason.Exit or StopReason.Exception => end.ExitCode,
        StopReason.Signal when Array.IndexOf(Signals, end.Detail) is >= 0 and var index => 128 + index + 1,
        _ => null,
    };

    private static Evaluation Said(Truth truth, string text) => new(truth, text, string.Empty, 0);

    /// <summary>Names the statement that ended the program: the one that raised the exception, else the last that ran.</summary>
    private async Task<BisectAnswer> BlameLastAsync(string question, string before, string after, CancellationToken ct)
    {
        await Session.ExecuteAsync(new SessionCommand.GotoLive(), ct).ConfigureAwait(false);
        if (End.Reason != StopReason.Exception || !await GoToRaiseAsync(ct).ConfigureAwait(false))
        {
            await Session.ExecuteAsync(new SessionCommand.GotoLive(), ct).ConfigureAwait(false);
            await Session.ExecuteAsync(new SessionCommand.ReverseStep(), ct).ConfigureAwait(false);
        }

        var stop = Session.Stop;
        var stack = (await Session.GetStackAsync(0, 0, ct).ConfigureAwait(false)).Frames;
        return new BisectAnswer(question, BisectResult.Transition)
        {
            Transitions = [new Transition(stop.At, stop.Location, stop.Function, Said(Truth.Good, before), Said(Truth.Bad, after), stack)],
            Checkpoints = Session.Checkpoints.Count,
            Reopen = reopen.At(stop.At),
        };
    }

    /// <summary>
    /// Goes back to the last time the raising line was reached in the very call that raised: handlers and finally blocks may have run since. A call that cannot be told
    /// from others by its frame (a coroutine's) is known by its variables.
    /// </summary>
    private async Task<bool> GoToRaiseAsync(CancellationToken ct)
    {
        var stack = (await Session.GetStackAsync(0, 0, ct).ConfigureAwait(false)).Frames;
        if (stack.FirstOrDefault(f => f.IsUserCode) is not { Location: { } raised } frame)
        {
            return false;
        }

        var values = frame.Activation is null ? await ValuesAsync(frame.Index, ct).ConfigureAwait(false) : null;
        Ticks? latest = null;
        await Session.SetBreakpointsAsync([new Breakpoint(1, raised)], ct).ConfigureAwait(false);
        try
        {
            for (var hits = 0; hits < MostHits && (await Session.ExecuteAsync(new SessionCommand.ReverseContinue(), ct).ConfigureAwait(false)).Reason == StopReason.Breakpoint; hits++)
            {
                if (values is null ? await ActivationAsync(ct).ConfigureAwait(false) == frame.Activation : await ValuesAsync(0, ct).ConfigureAwait(false) == values)
                {
                    return true;
                }

                latest ??= values is null ? null : Session.Stop.At;
            }
        }
        finally
        {
            await Session.SetBreakpointsAsync([], CancellationToken.None).ConfigureAwait(false);
        }

        if (latest is { } best)
        {
            await Session.ExecuteAsync(new SessionCommand.Goto(best), ct).ConfigureAwait(false);
        }

        return latest is not null;
    }

    private async Task<string?> ActivationAsync(CancellationToken ct) => (await Session.GetStackAsync(0, 1, ct).ConfigureAwait(false)).Frames is [{ } here, ..] ? here.Activation : null;

    private async Task<string> ValuesAsync(int frame, CancellationToken ct)
    {
        var variables = await Session.GetVariablesAsync(new VariableQuery(new FrameScope(frame, Globals: false), 0), ct).ConfigureAwait(false);
        return string.Join('\n', variables.Select(v => $"{v.Name}={v.Value}").Order(StringComparer.Ordinal));
    }
}
