namespace Fred.Cli;

/// <summary>Carries out <c>fred diff</c>: runs the program twice, then compares the two histories.</summary>
/// <param name="request">What was asked.</param>
/// <param name="host">The world around.</param>
internal sealed class DiffRun(DiffRequest request, CliHost host)
{
    /// <summary>Runs and compares.</summary>
    /// <param name="ct">Ends everything.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="FredException">A run cannot be made or recorded, or an expression does not parse.</exception>
    public async Task<DiffReport> RunAsync(CancellationToken ct)
    {
        var first = await Recording.StartAsync(request.First, host, ct).ConfigureAwait(false);
        await using (first.ConfigureAwait(false))
        {
            await first.CheckAsync(request.Expressions, ct).ConfigureAwait(false);
            await first.RunAsync(request.First, host, ct).ConfigureAwait(false);
            var second = await Recording.StartAsync(request.Second, host, ct).ConfigureAwait(false);
            await using (second.ConfigureAwait(false))
            {
                await second.RunAsync(request.Second, host, ct).ConfigureAwait(false);
                return await CompareAsync(first, second, ct).ConfigureAwait(false);
            }
        }
    }

    private async Task<DiffReport> CompareAsync(Recording first, Recording second, CancellationToken ct)
    {
        var started = host.Time.GetTimestamp();
        var comparison = new RunComparison(first.Session, second.Session);
        var divergence = await comparison.FindAsync(ct).ConfigureAwait(false);
        var common = divergence is null ? comparison.Common : divergence.LastCommon?.At ?? Ticks.Zero;
        var report = new DiffReport(Side(request.First, first, divergence?.LastCommon), Side(request.Second, second, divergence?.LastCommonOfSecond), divergence) { Common = common };
        await StandAsync(first, divergence, divergence?.LastCommon, ct).ConfigureAwait(false);
        await StandAsync(second, divergence, divergence?.LastCommonOfSecond, ct).ConfigureAwait(false);
        return report with
        {
            Variables = divergence is null ? [] : await CompareVariablesAsync(first.Session, second.Session, ct).ConfigureAwait(false),
            Values = await CompareValuesAsync(first.Session, second.Session, common, ct).ConfigureAwait(false),
            Elapsed = host.Time.GetElapsedTime(started),
        };
    }

    private DiffSide Side(RecordingRequest what, Recording run, RunEvent? lastCommon)
    {
        var reopen = new ReopenCommand(new BisectRequest(what, [], WhichTransition.Last) { FredCommand = request.FredCommand }, run.Entry, run.End, run.LastWithFrames);
        return new DiffSide(run.End, run.Elapsed, lastCommon is null ? null : reopen.At(lastCommon.At));
    }

    /// <summary>Goes to the last moment that both runs have, where both have the same frames.</summary>
    private static Task StandAsync(Recording run, Divergence? divergence, RunEvent? lastCommon, CancellationToken ct) =>
        divergence is null ? run.StandWithFramesAsync(ct) : run.Session.ExecuteAsync(new SessionCommand.Goto(lastCommon?.At ?? Ticks.Zero), ct);

    private static async Task<IReadOnlyList<DiffVariable>> CompareVariablesAsync(DebugSession first, DebugSession second, CancellationToken ct)
    {
        var (mine, yours) = (await LocalsAsync(first, ct).ConfigureAwait(false), await LocalsAsync(second, ct).ConfigureAwait(false));
        return
        [
            .. mine.Keys.Union(yours.Keys)
                .Select(name => new DiffVariable(name, mine.GetValueOrDefault(name), yours.GetValueOrDefault(name)))
                .Where(v => v.First is null || v.Second is null || !ValueComparison.IsSame(v.First, v.Second)),
        ];
    }

    private static async Task<Dictionary<string, string>> LocalsAsync(DebugSession session, CancellationToken ct)
    {
        var stack = await session.GetStackAsync(0, 1, ct).ConfigureAwait(false);
        if (stack.Frames.Count == 0)
        {
            return [];
        }

        var variables = await session.GetVariablesAsync(new VariableQuery(new FrameScope(0, Globals: false), 0), ct).ConfigureAwait(false);
        return variables.GroupBy(v => v.Name).ToDictionary(g => g.Key, g => g.First().Value);
    }

    /// <summary>The call that a scope means, in the other run, which has the same ones on its stack.</summary>
    private static async Task<EvaluationScope> SameCallAsync(ChosenScope scope, DebugSession second, CancellationToken ct) =>
        scope.FrameIndex is { } index && (await second.GetStackAsync(index, 1, ct).ConfigureAwait(false)).Frames is [{ Activation: { } activation } frame, ..] && frame.Function == scope.Function
            ? new EvaluationScope.InActivation(activation)
            : scope.Scope;

    private async Task<IReadOnlyList<DiffValue>> CompareValuesAsync(DebugSession first, DebugSession second, Ticks common, CancellationToken ct)
    {
        var values = new List<DiffValue>();
        foreach (var expression in request.Expressions)
        {
            try
            {
                var scope = (await new ScopeFinder(first).ChooseAsync(expression, request.Function, ct).ConfigureAwait(false))[0];
                var scopeOfSecond = await SameCallAsync(scope, second, ct).ConfigureAwait(false);
                var (difference, hadValue) = await new ValueComparison(first, second, common).FindAsync(expression, scope.Scope, scopeOfSecond, ct).ConfigureAwait(false);
                values.Add(new DiffValue(expression, difference, hadValue) { Frame = scope.Text });
            }
            catch (FredException error) when (error.Id is ErrorId.BadExpression or ErrorId.NeverEvaluable)
            {
                values.Add(new DiffValue(expression, null, false) { Error = new CommandError(error.Id, error.Message) });
            }
        }

        return values;
    }
}
