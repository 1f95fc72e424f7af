using Fred.Core;

namespace Fred.Backends;

/// <summary>The watchpoints of a run: the memory whose change (or reading) stops it, and whether a change of that memory is one of a value.</summary>
/// <remarks>The values are taken where the run begins. A watchpoint whose frame is not on the stack sleeps.</remarks>
/// <param name="session">Stopped.</param>
/// <param name="context">What it shares with others.</param>
/// <param name="points">The watchpoints.</param>
internal sealed class Watchpoints(GdbSession session, GdbContext context, IReadOnlyList<Breakpoint> points)
{
    /// <summary>Ids of watched ranges; all of a breakpoint's, and of ours, are less or more.</summary>
    private const int FirstId = 500_000_000;

    private readonly ObservedValue[] _values = new ObservedValue[points.Count];
    private readonly List<MemoryRange>[] _ranges = new List<MemoryRange>[points.Count];

    /// <summary>Gets a value indicating whether there are any.</summary>
    public bool Any => points.Count > 0;

    /// <summary>Gets a value indicating whether each is one piece of memory that stays what it is, so that any change of it is one of the value.</summary>
    public bool AreFixed => points.All(p => p.Condition is null && p.Watched!.Scope is EvaluationScope.Anywhere) && _ranges.All(r => r.Count == 1);

    /// <summary>Takes the values, and has the memory watched.</summary>
    /// <param name="ct">Ends it.</param>
    /// <returns>Done when it is.</returns>
    public async Task ArmAsync(CancellationToken ct)
    {
        for (var i = 0; i < points.Count; i++)
        {
            var look = await LookAsync(points[i].Watched!, ct).ConfigureAwait(false);
            (_values[i], _ranges[i]) = (look.Value, [.. look.Memory ?? []]);
        }

        await session.Process.WatchAsync(_ranges.SelectMany((ranges, i) => ranges.Select(r => new NativeWatch(FirstId + i, r.Address, r.Length, points[i].Watched!.Kind)))).ConfigureAwait(false);
    }

    /// <summary>The watchpoint a range belongs to.</summary>
    /// <param name="id">As reported.</param>
    /// <returns>The breakpoint's id; null when it is no range's.</returns>
    public int? PointOf(int id) => id >= FirstId && id < FirstId + points.Count ? points[id - FirstId].Id : null;

    /// <summary>Looks at the values again, where memory has changed.</summary>
    /// <param name="hit">The ranges that stopped it.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>The watchpoints whose value is another one, or was read, and whose condition holds; what to say of it.</returns>
    public async Task<(IReadOnlyList<int> Ids, string Text)> ChangedAsync(IReadOnlyList<int> hit, CancellationToken ct)
    {
        var before = (ObservedValue[])_values.Clone();
        await ArmAsync(ct).ConfigureAwait(false);
        var (ids, texts) = (new List<int>(), new List<string>());
        for (var i = 0; i < points.Count; i++)
        {
            var isChange = points[i].Watched!.Kind != WatchKind.Read && before[i] != _values[i] && (before[i].HasValue || _values[i].HasValue);
            var isAccess = points[i].Watched!.Kind != WatchKind.Change && hit.Contains(FirstId + i);
            if (!(isChange || isAccess)
                || (points[i].Condition is { } condition && !await GdbContext.HoldsAsync(session, condition, ct).ConfigureAwait(false)))
            {
                continue;
            }

            ids.Add(points[i].Id);
            texts.Add(isChange ? $"{points[i].Watched!.Expression} was {Shown(before[i])}, is now {Shown(_values[i])}" : $"{points[i].Watched!.Expression} is {Shown(_values[i])}");
        }

        return (ids, string.Join("; ", texts));
    }

    private static string Shown(ObservedValue value) => value.HasValue ? value.Text : $"without a value ({value.Text})";

    private async Task<ExpressionLook> LookAsync(WatchedValue watched, CancellationToken ct)
    {
        var inspector = new GdbInspector(session, context);
        await using (inspector.ConfigureAwait(false))
        {
            return await inspector.LookAtAsync(watched.Expression, watched.Scope, ct).ConfigureAwait(false);
        }
    }
}
