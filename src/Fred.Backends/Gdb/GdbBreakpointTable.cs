using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>gdb's table of breakpoints, and what the timeline has to know of it.</summary>
/// <param name="inspector">The stop at which it is looked at.</param>
/// <param name="context">What it shares with others.</param>
internal sealed class GdbBreakpointTable(GdbInspector inspector, GdbContext context)
{
    /// <summary>Reads the table, when a command has changed it.</summary>
    /// <param name="mi">gdb, looking at the inspector's process.</param>
    /// <param name="reply">What the command came to.</param>
    /// <param name="frame">The frame in which it was given.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>All of it; null when it has not changed.</returns>
    public async Task<IReadOnlyList<Breakpoint>?> ChangedAsync(MiConnection mi, MiReply reply, int frame, CancellationToken ct) =>
        reply.Events.Any(e => e.Kind == '=' && e.Class.StartsWith("breakpoint-", StringComparison.Ordinal)) ? await ReadAsync(mi, frame, ct).ConfigureAwait(false) : null;

    /// <summary>Fills an empty table with kept breakpoints, under the numbers they had.</summary>
    /// <param name="mi">gdb, looking at the inspector's process.</param>
    /// <param name="kept">The breakpoints.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The table; what gdb does not take any more (a watched local variable whose call is not on the stack) is missing.</returns>
    public async Task<IReadOnlyList<Breakpoint>> FillAsync(MiConnection mi, IReadOnlyList<Breakpoint> kept, CancellationToken ct)
    {
        var byId = kept.ToDictionary(b => b.Id);
        for (var id = 1; id <= byId.Keys.DefaultIfEmpty().Max(); id++)
        {
            if (byId.GetValueOrDefault(id) is not { } breakpoint || !await TakesAsync(mi, breakpoint, ct).ConfigureAwait(false))
            {
                // gdb counts on by itself; a number that is not used any more is used up so.
                await mi.DoAsync("-break-insert *0", ct).ConfigureAwait(false);
                await mi.DoAsync(string.Create(CultureInfo.InvariantCulture, $"-break-delete {id}"), ct).ConfigureAwait(false);
            }
        }

        return await ReadAsync(mi, 0, ct).ConfigureAwait(false);
    }

    /// <summary>Deletes breakpoints that are used up.</summary>
    /// <param name="mi">gdb.</param>
    /// <param name="ids">Which.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>True.</returns>
    public async Task<bool> DropAsync(MiConnection mi, IReadOnlyList<int> ids, CancellationToken ct)
    {
        await mi.AskAsync("-break-delete " + string.Join(' ', ids), ct).ConfigureAwait(false);
        await ReadAsync(mi, 0, ct).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> TakesAsync(MiConnection mi, Breakpoint breakpoint, CancellationToken ct)
    {
        if (breakpoint.Watched is { } watched)
        {
            await context.WatchedAsync(breakpoint.Id, () => Task.FromResult<WatchedValue?>(watched)).ConfigureAwait(false);
        }

        var (where, what) = (breakpoint.Location, breakpoint.Temporary ? "tbreak" : "break");
        var command = breakpoint.Kind == BreakpointKind.Watch ? $"{WatchCommand(breakpoint.Watched?.Kind)} {where.File}"
            : breakpoint.Address is { } address ? string.Create(CultureInfo.InvariantCulture, $"{what} *{address}")
            : breakpoint.Function is { } function ? $"{what} {function}"
            : where.Line == 0 && where.File.StartsWith("exception ", StringComparison.Ordinal) ? $"{(breakpoint.Temporary ? "tcatch" : "catch")} {where.File["exception ".Length..]}"
            : where.Line == 0 ? $"{what} {where.File}"
            : string.Create(CultureInfo.InvariantCulture, $"{what} {where.File}:{where.Line}");
        if ((await mi.RunAsync("-interpreter-exec console " + MiParser.Quote(command), ct).ConfigureAwait(false)).IsError)
        {
            return false;
        }

        foreach (var setting in Settings(breakpoint))
        {
            await mi.AskAsync(setting, ct).ConfigureAwait(false);
        }

        return true;
    }

    private static string WatchCommand(WatchKind? kind) => kind switch { WatchKind.Read => "rwatch", WatchKind.Access => "awatch", _ => "watch" };

    private static IEnumerable<string> Settings(Breakpoint breakpoint)
    {
        var id = breakpoint.Id.ToString(CultureInfo.InvariantCulture);
        if (breakpoint.Condition is { } condition)
        {
            yield return $"-break-condition {id} {condition}";
        }

        if (breakpoint.IgnoreCount > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"-break-after {id} {breakpoint.IgnoreCount}");
        }

        if (!breakpoint.Enabled)
        {
            yield return $"-break-disable {id}";
        }
    }

    private async Task<IReadOnlyList<Breakpoint>> ReadAsync(MiConnection mi, int frame, CancellationToken ct)
    {
        var rows = GdbBreakpoint.ReadTable(await mi.DoAsync("-break-list", ct).ConfigureAwait(false));
        var watched = new List<GdbBreakpoint>();
        foreach (var row in rows)
        {
            watched.Add(row.Breakpoint.Kind == BreakpointKind.Watch ? await WatchAsync(mi, row, frame, ct).ConfigureAwait(false) : Caught(row));
        }

        context.TakeOver(watched);
        context.Driver.UserBreakpoints(watched.SelectMany(r => r.Addresses));
        return [.. watched.Select(r => r.Breakpoint)];
    }

    /// <summary>Where a catchpoint stops: gdb does not say.</summary>
    private GdbBreakpoint Caught(GdbBreakpoint row) =>
        row.Breakpoint.Location.File is ['e', 'x', 'c', 'e', 'p', 't', 'i', 'o', 'n', ' ', .. var moment] && CppExceptions.IsMoment(moment)
            ? row with { Addresses = CppExceptions.PlacesOf(context.Space.Modules, moment) }
            : row;

    private async Task<GdbBreakpoint> WatchAsync(MiConnection mi, GdbBreakpoint row, int frame, CancellationToken ct)
    {
        var (number, expression) = (row.Breakpoint.Id, row.Breakpoint.Location.File);
        if (await context.WatchedAsync(number, () => WatchScopes.FindAsync(inspector, mi, expression, frame, ct)).ConfigureAwait(false) is { } watched)
        {
            return row with { Breakpoint = row.Breakpoint with { Watched = watched with { Kind = row.Watches } } };
        }

        await mi.AskAsync(string.Create(CultureInfo.InvariantCulture, $"-break-delete {number}"), CancellationToken.None).ConfigureAwait(false);
        throw new FredException(
            ErrorId.BadBreakpoint,
            $"'{expression}' cannot be watched while the program runs: it has no value here, calls functions, is in a register, or reads more memory than can be watched. reverse-watch and history-of search the past for its changes.");
    }
}
