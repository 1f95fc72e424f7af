using System.Globalization;

namespace Fred.Core;

/// <summary>The commands of the sitting with where the user stood before and after, so that they can be undone.</summary>
internal sealed class JournalLog
{
    private readonly Lock _lock = new();
    private readonly List<JournalEntry> _entries = [];
    private readonly HashSet<int> _liveChanges = [];

    /// <summary>Gets the entries, oldest first.</summary>
    public IReadOnlyList<JournalEntry> Entries
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries];
            }
        }
    }

    /// <summary>Adds a command.</summary>
    /// <param name="text">In the user's words.</param>
    /// <param name="from">Where the user stood before.</param>
    /// <param name="to">Where the user stands now.</param>
    /// <param name="changedLive">Whether it changed the live program, which no undo takes back.</param>
    public void Add(string text, Position from, Position to, bool changedLive = false)
    {
        lock (_lock)
        {
            _entries.Add(new JournalEntry(_entries.Count + 1, text, from, to));
            if (changedLive)
            {
                _liveChanges.Add(_entries.Count);
            }
        }
    }

    /// <summary>Takes over the entries of a kept sitting. Its changes lie in the past now, so that none of them is one of a live program.</summary>
    /// <param name="entries">Oldest first.</param>
    public void Restore(IReadOnlyList<JournalEntry> entries)
    {
        lock (_lock)
        {
            _entries.AddRange(entries);
        }
    }

    /// <summary>Where the user stood before the last commands.</summary>
    /// <param name="count">How many commands; more than there are means all.</param>
    /// <returns>The position.</returns>
    /// <exception cref="FredException">There is nothing to undo.</exception>
    public Position Before(int count)
    {
        lock (_lock)
        {
            return _entries.Count == 0
                ? throw new FredException(ErrorId.NotNow, "There is nothing to undo: no command has moved you yet.")
                : _entries[Math.Max(0, _entries.Count - count)].From;
        }
    }

    /// <summary>Forgets the last commands.</summary>
    /// <param name="count">How many.</param>
    /// <returns>Those of them that changed the live program.</returns>
    public IReadOnlyList<JournalEntry> RemoveLast(int count)
    {
        lock (_lock)
        {
            var keep = Math.Max(0, _entries.Count - count);
            var changes = _entries.Skip(keep).Where(e => _liveChanges.Contains(e.Number)).ToList();
            _entries.RemoveRange(keep, _entries.Count - keep);
            _liveChanges.RemoveWhere(number => number > keep);
            return changes;
        }
    }

    /// <summary>A command in the user's words.</summary>
    /// <param name="command">The command.</param>
    /// <returns>Its text, as the REPL would accept it.</returns>
    public static string Describe(SessionCommand command) => command switch
    {
        SessionCommand.Step c => Counted("step", c.Count),
        SessionCommand.StepInto c => $"step into {c.Target.Label}",
        SessionCommand.StepTicks { OverCalls: true } c => Counted("nexti", c.Count),
        SessionCommand.StepTicks c => Counted("stepi", c.Count),
        SessionCommand.Next c => Counted("next", c.Count),
        SessionCommand.Finish c => Counted("finish", c.Count),
        SessionCommand.Until c => c.Line is { } line ? $"until {line.ToString(CultureInfo.InvariantCulture)}" : "until",
        SessionCommand.RunTo => "run",
        SessionCommand.Continue c => Counted("continue", c.Count),
        SessionCommand.ReverseTicks { OverCalls: true } c => Counted("reverse-nexti", c.Count),
        SessionCommand.ReverseTicks c => Counted("reverse-stepi", c.Count),
        SessionCommand.ReverseStep c => Counted("reverse-step", c.Count),
        SessionCommand.ReverseNext c => Counted("reverse-next", c.Count),
        SessionCommand.ReverseFinish c => Counted("reverse-finish", c.Count),
        SessionCommand.ReverseContinue c => Counted("reverse-continue", c.Count),
        SessionCommand.Goto c => $"goto {c.Target}",
        SessionCommand.GotoLive => "goto live",
        SessionCommand.Undo c => Counted("undo", c.Count),
        SessionCommand.RestartCheckpoint c => $"restart {c.Number.ToString(CultureInfo.InvariantCulture)}",
        SessionCommand.SwitchBranch c => $"switch {c.Name}",
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    private static string Counted(string verb, int count) => count == 1 ? verb : $"{verb} {count.ToString(CultureInfo.InvariantCulture)}";
}
