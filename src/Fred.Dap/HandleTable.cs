using System.Diagnostics.CodeAnalysis;

namespace Fred.Dap;

/// <summary>Numbers for things of one stop (frames, values), as DAP wants them.</summary>
/// <remarks>A number is never used twice, so that a client that still holds one of an earlier stop gets an error and not another thing's value.</remarks>
/// <typeparam name="T">What the numbers stand for.</typeparam>
internal sealed class HandleTable<T>
    where T : notnull
{
    private readonly Dictionary<int, T> _things = [];
    private readonly Lock _lock = new();
    private int _last;

    /// <summary>Gives a thing a number.</summary>
    /// <returns>The number, from 1.</returns>
    public int Add(T thing)
    {
        lock (_lock)
        {
            _things[++_last] = thing;
            return _last;
        }
    }

    /// <summary>Finds the thing behind a number.</summary>
    /// <returns>False when the number is unknown or of an earlier stop.</returns>
    public bool TryGet(int handle, [MaybeNullWhen(false)] out T thing)
    {
        lock (_lock)
        {
            return _things.TryGetValue(handle, out thing);
        }
    }

    /// <summary>Forgets everything: time has moved.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _things.Clear();
        }
    }
}
