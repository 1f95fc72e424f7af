namespace Fred.Backends;

/// <summary>A place where gdb's step stops.</summary>
/// <param name="Tick">The process's tick.</param>
/// <param name="Pc">The instruction.</param>
/// <param name="Sp">The stack pointer.</param>
internal readonly record struct StepStop(long Tick, ulong Pc, ulong Sp);

/// <summary>What is known of the time before a log's first event.</summary>
internal enum StepLogStart
{
    /// <summary>Nothing; a longer look back will tell.</summary>
    Unknown,

    /// <summary>Nothing happened: the history begins there.</summary>
    OfHistory,

    /// <summary>Events that were overwritten by later ones; a longer look back does not bring them back.</summary>
    Overwritten,
}

/// <summary>Which of a run's line events gdb's <c>step</c> would have stopped at: the way back is the mirror of the way forward.</summary>
/// <remarks>
/// The rules are gdb's, in terms of line events: stop where another line begins than the current one; entering a function, stop behind its prologue; a function called from code
/// without lines (a callback) is stepped over, unless the user is in it; back in the caller, the current line is still that of the callee when the return address begins a row.
/// What is hard: frames. Calls and returns cannot be counted where longjmp and exceptions skip them, so a frame is known by the stack pointer at its entry, and an event in a known frame
/// puts the count right (<see cref="Corrected"/>). And a window begins
/// somewhere: what was before its first event is unknown, so that event is no stop (unless the program's history begins there). It begins in the frame of least depth: at its first event, or at the first
/// call from it, where the line that calls is told by the return address, which is still on the stack when nothing was called since. Everything after is certain.
/// </remarks>
internal sealed class StepLog
{
    /// <summary>The entry of a frame into which a call has come back.</summary>
    private const long Returned = -2;

    private readonly Func<ulong, LineStart?> _rules;
    private readonly List<Open> _frames = [];
    private readonly HashSet<long> _openAtEnd;

    private StepLog(Func<ulong, LineStart?> rules, HashSet<long> openAtEnd) => (_rules, _openAtEnd) = (rules, openAtEnd);

    /// <summary>Finds the stops.</summary>
    /// <param name="events">In time order.</param>
    /// <param name="rules">What is known of an instruction; null where no line begins.</param>
    /// <param name="first">What is known of the time before the first event.</param>
    /// <param name="finalSp">The stack pointer at the window's end: the frames open there are the user's.</param>
    /// <param name="lineOfCall">The line of the call whose return address is at an address of the stack, at the window's end; null when there is none.</param>
    /// <returns>In time order.</returns>
    public static IReadOnlyList<StepStop> Stops(ReadOnlySpan<LineEvent> events, Func<ulong, LineStart?> rules, StepLogStart first, ulong finalSp, Func<ulong, long?> lineOfCall)
    {
        Open? caller = null;
        var fromStart = first == StepLogStart.OfHistory;
        ReadOnlySpan<LineEvent> window = Corrected(events, rules);
        while (!window.IsEmpty)
        {
            var before = window;
            window = fromStart ? window : FromLeastDepth(window, rules, first, lineOfCall, out caller);
            var open = new StepLog(rules, []).FramesOpenAtEnd(window, finalSp, caller);
            if (new StepLog(rules, open).Walk(window, fromStart, caller) is { Count: > 0 } stops)
            {
                return stops;
            }

            // Where a call came back and nothing has been a stop since, the last stop is in that call, if the log still has it and goes no further back.
            window = first == StepLogStart.Overwritten && caller is { EntryTick: Returned } ? before[..^window.Length] : [];
            finalSp = window.IsEmpty ? 0 : window[^1].Sp;
            lineOfCall = static _ => null; // the stack has been used since
        }

        return [];
    }

    /// <summary>The events with the depths they would have if nobody left a function but by returning.</summary>
    private static LineEvent[] Corrected(ReadOnlySpan<LineEvent> events, Func<ulong, LineStart?> rules)
    {
        var corrected = new LineEvent[events.Length];
        var frames = new Stack<(ulong Sp, int Depth)>();
        var surplus = 0;
        for (var i = 0; i < events.Length; i++)
        {
            var happened = events[i];
            var isEntry = rules(happened.Pc) is { IsEntry: true };
            while (frames.TryPeek(out var left) && (left.Sp < happened.Sp || (isEntry && left.Sp == happened.Sp)))
            {
                frames.Pop();
            }

            surplus = !isEntry && frames.TryPeek(out var frame) ? happened.Depth - frame.Depth : surplus;
            corrected[i] = happened with { Depth = happened.Depth - surplus };
            if (isEntry)
            {
                frames.Push((happened.Sp, corrected[i].Depth));
            }
        }

        return corrected;
    }

    private static ReadOnlySpan<LineEvent> FromLeastDepth(
        ReadOnlySpan<LineEvent> events, Func<ulong, LineStart?> rules, StepLogStart first, Func<ulong, long?> lineOfCall, out Open? caller)
    {
        caller = null;
        var least = int.MaxValue;
        foreach (var happened in events)
        {
            least = Math.Min(least, IsEntry(happened) ? happened.Depth - 1 : happened.Depth);
        }

        var (at, firstCall, lastCall) = (events.Length, -1, -1);
        for (var i = 0; i < at; i++)
        {
            if (events[i].Depth == least)
            {
                at = i;
            }
            else if (events[i].Depth == least + 1 && IsEntry(events[i]))
            {
                (firstCall, lastCall) = (firstCall < 0 ? i : firstCall, i);
            }
        }

        if (firstCall < 0)
        {
            caller = first == StepLogStart.Overwritten ? Back(events, at, least, rules) : null;
            return events[at..];
        }

        if (lineOfCall(events[lastCall].Sp) is { } line)
        {
            caller = new Open(ulong.MaxValue, -1) { Depth = least, Line = line, IsVisible = true };
            return events[firstCall..];
        }

        return events[Math.Min(at, events.Length - 1)..];

        bool IsEntry(LineEvent happened) => rules(happened.Pc) is { IsEntry: true };
    }

    /// <summary>The frame into which a call has come back whose beginning is no longer in the log, however far back one looks.</summary>
    /// <returns>With the line that gdb then takes for the current one; null when nothing came back.</returns>
    private static Open? Back(ReadOnlySpan<LineEvent> events, int at, int least, Func<ulong, LineStart?> rules)
    {
        if (at == 0 || at == events.Length)
        {
            return null;
        }

        // In the middle of a statement the line of the call is the current one, which nothing here tells: better one stop too many than none.
        var line = -1L;
        for (var i = at - 1; i >= 0 && line < 0 && rules(events[at].Pc) is { FollowsCall: true }; i--)
        {
            line = events[i].Depth == least + 1 ? rules(events[i].Pc)?.Line ?? -1 : -1;
        }

        return new Open(ulong.MaxValue, Returned) { Depth = least, Line = line, IsVisible = true };
    }

    private HashSet<long> FramesOpenAtEnd(ReadOnlySpan<LineEvent> window, ulong finalSp, Open? caller)
    {
        _ = Walk(window, fromStart: false, caller);
        return [.. _frames.Where(f => f.EntrySp >= finalSp).Select(f => f.EntryTick)];
    }

    private List<StepStop> Walk(ReadOnlySpan<LineEvent> window, bool fromStart, Open? caller)
    {
        var stops = new List<StepStop>();
        _frames.Clear();
        if (caller is not null)
        {
            _frames.Add(new Open(caller.EntrySp, caller.EntryTick) { Depth = caller.Depth, Line = caller.Line, IsVisible = true });
        }

        foreach (var happened in window)
        {
            if (_rules(happened.Pc) is not { } start)
            {
                continue;
            }

            if (_frames.Count == 0)
            {
                _frames.Add(new Open(ulong.MaxValue, -1) { Depth = happened.Depth, Line = start.Line, IsVisible = true });
                if (fromStart)
                {
                    stops.Add(new StepStop(happened.Tick, happened.Pc, happened.Sp));
                }
            }
            else if (IsStop(happened, start))
            {
                stops.Add(new StepStop(happened.Tick, happened.Pc, happened.Sp));
            }
        }

        return stops;
    }

    private bool IsStop(LineEvent happened, LineStart start)
    {
        var left = Leave(happened, start);
        var top = _frames[^1];
        if (start.IsEntry)
        {
            var visible = (top.IsVisible && happened.Depth == top.Depth + 1) || _openAtEnd.Contains(happened.Tick);
            _frames.Add(new Open(happened.Sp, happened.Tick) { Depth = happened.Depth, IsVisible = visible });
            return start.IsBody && visible;
        }

        if (!top.IsVisible)
        {
            return false;
        }

        top.Depth = happened.Depth;
        if (top.Line is null)
        {
            top.Line = start.Line;
            return start.IsBody;
        }

        var current = left is { IsVisible: true, Line: { } line } && start.FollowsCall ? line : top.Line;
        if (start.Line == current)
        {
            return false;
        }

        top.Line = start.Line;
        return true;
    }

    /// <summary>Closes the frames that are not on the stack any more.</summary>
    /// <returns>The last one closed; null when none was.</returns>
    private Open? Leave(LineEvent happened, LineStart start)
    {
        Open? left = null;
        while (_frames.Count > 1 && (_frames[^1].EntrySp < happened.Sp || (start.IsEntry && _frames[^1].EntrySp == happened.Sp)))
        {
            left = _frames[^1];
            _frames.RemoveAt(_frames.Count - 1);
        }

        var top = _frames[^1];
        if (_frames.Count == 1 && happened.Depth < top.Depth && !start.IsEntry)
        {
            // The window began in a function that has returned: its caller's line is unknown unless the return address begins one.
            left = new Open(0, -1) { Depth = top.Depth, Line = top.Line, IsVisible = true };
            top.Line = start.FollowsCall ? top.Line : -1;
            top.Depth = happened.Depth;
        }

        return left;
    }

    private sealed class Open(ulong entrySp, long entryTick)
    {
        public ulong EntrySp => entrySp;

        public long EntryTick => entryTick;

        public int Depth { get; set; }

        public long? Line { get; set; }

        public bool IsVisible { get; init; }
    }
}
