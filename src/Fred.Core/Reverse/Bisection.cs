namespace Fred.Core;

/// <summary>Finds where a property changes by asking as seldom as possible. Knows no debugger; an answer may cost milliseconds, a question nothing.</summary>
internal static class Bisection
{
    /// <summary>Looks back from now for the newest of some points at which the property still held.</summary>
    /// <remarks>
    /// Gallops back (1, 2, 4, ... points) before it bisects: recent changes are the usual question, and where the property is not monotone, the change found is then
    /// near now rather than anywhere. At most 2 log2(n) + 2 questions, twice as many where two are asked at once.
    /// </remarks>
    /// <param name="count">Points 0 to count - 1 in time order; the point `count` is now, where the property does not hold.</param>
    /// <param name="holdsAt">Whether the property holds at a point.</param>
    /// <param name="ahead">Told which point will probably be asked next, so that it can be asked at once; null when nobody can make use of it.</param>
    /// <returns>Two neighbours: it holds at Good (-1: at no point asked), not at Bad (which may be `count`).</returns>
    public static async Task<(int Good, int Bad)> GallopBackAsync(int count, Func<int, Task<bool>> holdsAt, Action<int>? ahead = null)
    {
        var bad = count;
        for (var step = 1; ; step *= 2)
        {
            var candidate = Math.Max(0, count - step);
            if (candidate >= bad)
            {
                return (-1, bad);
            }

            var holds = holdsAt(candidate);
            if (candidate > 0)
            {
                ahead?.Invoke(Math.Max(0, count - (2 * step)));
            }

            if (await holds.ConfigureAwait(false))
            {
                return await NarrowAsync(candidate, bad, holdsAt, ahead).ConfigureAwait(false);
            }

            bad = candidate;
        }
    }

    /// <summary>Halves the points left, or cuts them in three where two can be asked at once.</summary>
    private static async Task<(int Good, int Bad)> NarrowAsync(int good, int bad, Func<int, Task<bool>> holdsAt, Action<int>? ahead)
    {
        while (bad - good > 1)
        {
            var length = bad - good;
            var (first, second) = ahead is null || length == 2 ? (good, good + (length / 2)) : (good + (length / 3), good + (length * 2 / 3));
            if (first > good)
            {
                ahead?.Invoke(first);
            }

            if (await holdsAt(second).ConfigureAwait(false))
            {
                good = second;
            }
            else if (first == good || await holdsAt(first).ConfigureAwait(false))
            {
                (good, bad) = (first, second);
            }
            else
            {
                bad = first;
            }
        }

        return (good, bad);
    }

    /// <summary>Narrows an interval down to two neighbours.</summary>
    /// <param name="good">The property holds here.</param>
    /// <param name="bad">And not here; greater.</param>
    /// <param name="holdsAt">Whether it holds at a point between.</param>
    /// <returns>Neighbours: it holds at Good, not at Bad.</returns>
    public static async Task<(long Good, long Bad)> BisectAsync(long good, long bad, Func<long, Task<bool>> holdsAt)
    {
        while (bad - good > 1)
        {
            var middle = good + ((bad - good) / 2);
            if (await holdsAt(middle).ConfigureAwait(false))
            {
                good = middle;
            }
            else
            {
                bad = middle;
            }
        }

        return (good, bad);
    }
}
