namespace Fred.Dap;

/// <summary>The ticks at which a breakpoint was reached, so that its n-th hit is the same place in time whether it is met going forward, again, or backwards.</summary>
/// <remarks>Counting visits, as forward-only debuggers do, would make a hit condition depend on how often the user went back.</remarks>
internal sealed class HitLog
{
    private readonly Dictionary<BranchId, List<long>> _ticks = [];
    private readonly Dictionary<BranchId, long> _logged = [];

    /// <summary>Gets or sets a value indicating whether hits of the history that there was when it was set are still to be printed.</summary>
    public bool HasPast { get; set; } = true;

    /// <summary>Notes a hit.</summary>
    /// <returns>Which hit of its branch it is, from 1, among those seen so far.</returns>
    public long Note(Position position)
    {
        if (!_ticks.TryGetValue(position.Branch, out List<long>? ticks))
        {
            _ticks[position.Branch] = ticks = [];
        }
        int index = ticks.BinarySearch(position.At.Value);
        if (index < 0)
        {
            index = ~index;
            ticks.Insert(index, position.At.Value);
        }
        return index + 1;
    }

    /// <summary>Whether a logpoint has its message still to print here: each hit is printed once, however often it is replayed.</summary>
    public bool TakeLogging(Position position)
    {
        if (_logged.TryGetValue(position.Branch, out long last) && position.At.Value <= last)
        {
            return false;
        }
        _logged[position.Branch] = position.At.Value;
        return true;
    }
}
