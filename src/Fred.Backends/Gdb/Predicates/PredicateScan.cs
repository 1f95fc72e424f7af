using Fred.Core;

namespace Fred.Backends;

/// <summary>Scans an interval with a replica that looks at the expression itself.</summary>
/// <remarks>
/// What is hard is the frame whose names the expression uses: where it is not on the stack the expression has no value. Replicas stop where it ends, and where a function begins that may be a
/// nearer one. main is there from the timeline's first tick on, until it returns.
/// </remarks>
/// <param name="session">A replica; spent afterwards.</param>
/// <param name="context">What it shares with others.</param>
/// <param name="predicate">The expression.</param>
/// <param name="scan">The question.</param>
internal sealed class PredicateScan(GdbSession session, GdbContext context, Predicate predicate, ExpressionScan scan)
{
    /// <summary>A call in a copy costs a quarter of an evaluation by gdb.</summary>
    private const int CallsForALook = 4;

    private readonly List<ScanMatch> _matches = [];
    private IReadOnlyList<ulong>? _bodies;

    private NativeProcess Process => session.Process;

    private long Offset => Process.Space.Offset;

    /// <summary>Scans. The replica stands still where it is over, or where its leg is.</summary>
    /// <param name="ct">Ends it.</param>
    /// <returns>What was seen; null when the replica cannot follow the expression.</returns>
    public async Task<IReadOnlyList<ScanMatch>?> RunAsync(CancellationToken ct)
    {
        var limit = scan.Limit.Value + Offset;
        var leg = scan.Leg > 0 ? Process.Halt.Tick + scan.Leg : long.MaxValue;
        for (var since = Process.Halt.Tick; ; since = Process.Halt.Tick - 1)
        {
            var frame = await FrameAsync(ct).ConfigureAwait(false);
            if (frame is { Address: 0 })
            {
                return null; // the end of such a frame would not be noticed
            }

            if (frame is null)
            {
                See(Truth.NotEvaluable, Process.Halt.Tick, since);
            }

            await Process.ArmAsync([.. (await SitesAsync(frame).ConfigureAwait(false)).Distinct().Select(address => (1, address))]).ConfigureAwait(false);
            var before = Process.Halt.Tick;
            var run = new NativeRun { Limit = limit, Steps = scan.Leg > 0 ? leg - before : null, Breakpoints = true, Joins = true };
            var halt = frame is { } there ? await FollowAsync(there, run, since, ct).ConfigureAwait(false) : before < limit ? await Process.RunAsync(run, ct).ConfigureAwait(false) : Process.Halt;
            if (halt is { Reason: "watch", Detail: "lost" })
            {
                return null;
            }

            if (halt.Reason == "watch" && !IsOver())
            {
                _matches.Add(_matches[^1] with { At = new Ticks(halt.Tick - Offset), IsBroken = true });
            }

            if (halt.Reason is not ("breakpoint" or "limit") || halt.Tick >= Math.Min(limit, leg) || halt.Tick == before || IsOver())
            {
                return _matches;
            }
        }
    }

    private bool IsOver() => scan.OnlyFirst && _matches is [.., { Truth: not Truth.Bad }, { Truth: Truth.Bad }];

    private async Task<AgentMessage.Halted> FollowAsync(NativeFrame frame, NativeRun run, long since, CancellationToken ct)
    {
        await Process.PrepareAsync(predicate, frame).ConfigureAwait(false);
        var isFirst = true;
        var mode = scan.OnlyFirst ? "first" : scan.OnlyLast ? "last" : "all";
        long? most = scan.MostLooks > 0 ? scan.MostLooks : null;
        var halt = await Process.RunAsync(run with { Predicate = mode, Most = mode == "all" ? most : null, Calls = CallsForALook * most }, ct).ConfigureAwait(false);
        foreach (var match in Process.Seen)
        {
            See((Truth)match.Value, match.Tick, isFirst ? since : match.Tick - 1);
            isFirst = false;
        }

        return isFirst ? halt with { Reason = "watch", Detail = "lost" } : halt;
    }

    private void See(Truth truth, long tick, long since)
    {
        if (_matches.Count == 0 || _matches[^1].Truth != truth)
        {
            _matches.Add(new ScanMatch(new Ticks(tick - Offset), 0, truth) { Since = new Ticks(Math.Max(0, since - Offset)) });
        }
    }

    /// <summary>The frame whose names are used; null when it is not on the stack.</summary>
    private async Task<NativeFrame?> FrameAsync(CancellationToken ct)
    {
        if (IsMain)
        {
            // Once main has returned, its caller calls exit from the same frame.
            var main = Process.Space.MainFrame;
            return Process.Memory.ReadWord(main.Address - 8) == main.ReturnTo && (Process.Halt.Thread != 1 || Process.Halt.Sp < main.Address) ? main : null;
        }

        var inspector = new GdbInspector(session, context);
        await using (inspector.ConfigureAwait(false))
        {
            return await inspector.FindFrameAsync(scan.Scope, ct).ConfigureAwait(false);
        }
    }

    private bool IsMain => Function == "main" && Process.Space.MainFrame.ReturnTo is not null;

    private string Function => GdbInspector.FunctionOf(scan.Scope);

    private async Task<IReadOnlyList<ulong>> SitesAsync(NativeFrame? frame)
    {
        List<ulong> sites = frame?.ReturnTo is { } back ? [back] : [];
        if (frame is null || (scan.Scope is EvaluationScope.InFunction && !IsMain))
        {
            sites.AddRange(_bodies ??= await FunctionPlaces.BodiesAsync(context, Process, Function).ConfigureAwait(false));
        }

        return sites;
    }
}
