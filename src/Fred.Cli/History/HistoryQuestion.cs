namespace Fred.Cli;

/// <summary>A question to the whole history, the same for the verbs of the shell and those of the prompt.</summary>
internal abstract record HistoryQuestion
{
    private protected HistoryQuestion()
    {
    }

    /// <summary>Gets the expressions in it, to be checked before a program is run.</summary>
    public virtual IReadOnlyList<string> Expressions => [];

    /// <summary>Gets what to say when there are no answers.</summary>
    public abstract string Nothing { get; }

    /// <summary>Asks.</summary>
    /// <param name="session">Where; at a stop.</param>
    /// <param name="range">Which part of the history.</param>
    /// <param name="take">Gets each answer, in time order.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>How it went.</returns>
    public abstract Task<HistorySummary> AskAsync(DebugSession session, HistoryRange range, Func<HistoryRow, ValueTask> take, CancellationToken ct);

    /// <summary>The values at some places.</summary>
    /// <param name="Places">As the user named them.</param>
    /// <param name="Points">The places; the n-th has the id n, from 1.</param>
    public sealed record Log(IReadOnlyList<string> Places, IReadOnlyList<LogPoint> Points) : HistoryQuestion
    {
        /// <inheritdoc/>
        public override IReadOnlyList<string> Expressions => [.. Points.SelectMany(p => p.Expressions), .. Points.Select(p => p.Condition).OfType<string>()];

        /// <inheritdoc/>
        public override string Nothing => $"{string.Join(" and ", Places)} was never reached. Only a line where a statement begins is; a function is named as add or Cart.add.";

        /// <summary>Makes a question.</summary>
        /// <param name="places">FILE:LINE or FUNCTION each.</param>
        /// <param name="expressions">What to evaluate.</param>
        /// <param name="condition">What must hold there; null for nothing.</param>
        /// <param name="beside">The program, beside which files are looked for; null for a module.</param>
        /// <param name="isNative">Whether it is a native program: files that are nowhere keep their names.</param>
        /// <returns>The question.</returns>
        /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: a place is none.</exception>
        public static Log Of(IReadOnlyList<string> places, IReadOnlyList<string> expressions, string? condition, string? beside, bool isNative = false)
        {
            var points = places.Select((place, i) => IsLine(place)
                ? new LogPoint(i + 1, UntilPoint.Parse(place, beside, isNative).Location, null, expressions) { Condition = condition }
                : new LogPoint(i + 1, null, place.TrimEnd('(', ')'), expressions) { Condition = condition });
            return new Log(places, [.. points]);

            // N::f is a function, prog.cpp:12 a line.
            static bool IsLine(string place) => place.Contains(':', StringComparison.Ordinal) && !place.Contains("::", StringComparison.Ordinal);
        }

        /// <inheritdoc/>
        public override Task<HistorySummary> AskAsync(DebugSession session, HistoryRange range, Func<HistoryRow, ValueTask> take, CancellationToken ct) =>
            session.LogAsync(Points, range, seen => take(new HistoryRow.Visit(seen, Places[(int)seen.Number - 1], Points[(int)seen.Number - 1].Expressions)), ct);
    }

    /// <summary>The changes of a value.</summary>
    /// <param name="Expression">Of what.</param>
    /// <param name="Function">In whose frames; null for the default.</param>
    public sealed record Changes(string Expression, string? Function) : HistoryQuestion
    {
        /// <inheritdoc/>
        public override IReadOnlyList<string> Expressions => [Expression];

        /// <inheritdoc/>
        public override string Nothing => $"'{Expression}' never had a value. Check its names, or choose the frame they belong to with --frame FUNCTION.";

        /// <summary>Gets the frame to use where the user has selected one; null to choose one.</summary>
        public int? SelectedFrame { get; init; }

        /// <inheritdoc/>
        public override async Task<HistorySummary> AskAsync(DebugSession session, HistoryRange range, Func<HistoryRow, ValueTask> take, CancellationToken ct)
        {
            var scope = Function is null && SelectedFrame is { } index
                ? new EvaluationScope.InFrame(index)
                : (await new ScopeFinder(session).ChooseAsync(Expression, Function, ct).ConfigureAwait(false))[0].Scope;
            return await session.FindChangesAsync(Expression, scope, range, change => take(new HistoryRow.Change(change)), ct).ConfigureAwait(false);
        }
    }

    /// <summary>The calls of a function.</summary>
    /// <param name="Function">Its name.</param>
    public sealed record Calls(string Function) : HistoryQuestion
    {
        /// <inheritdoc/>
        public override string Nothing => $"{Function} was never called. A function of your own code is meant, named as add or Cart.add.";

        /// <inheritdoc/>
        public override Task<HistorySummary> AskAsync(DebugSession session, HistoryRange range, Func<HistoryRow, ValueTask> take, CancellationToken ct) =>
            session.FindCallsAsync(Function, range, call => take(new HistoryRow.Call(call)), ct);
    }
}
