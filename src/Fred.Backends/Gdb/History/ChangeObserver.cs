using Fred.Core;

namespace Fred.Backends;

/// <summary>Notes each change of an expression's value while a replica replays an interval, and the statement that made it.</summary>
/// <param name="session">A replica at the interval's beginning; spent afterwards.</param>
/// <param name="context">What it shares with others.</param>
/// <param name="request">The expression.</param>
/// <param name="note">Gets each note.</param>
internal sealed class ChangeObserver(GdbSession session, GdbContext context, ChangeObservation request, Func<Observation, ValueTask> note)
{
    private ObservedValue? _last;

    private NativeProcess Process => session.Process;

    /// <summary>Notes the changes.</summary>
    /// <param name="ct">Ends it.</param>
    /// <returns>Done at the interval's end.</returns>
    public Task RunAsync(CancellationToken ct) => new ValueWalk(session, context, request.Expression, request.Scope).WalkAsync(
        request.Limit.Value + Process.Space.Offset,
        async (look, inspector) =>
        {
            var value = look.Value;
            if (_last is { } last && (value.HasValue ? value == last : !last.HasValue))
            {
                return true;
            }

            // The first value is the interval's beginning's; any other was made by the instruction before.
            var tick = look.Tick - (_last is null ? 0 : 1) - Process.Space.Offset;
            _last = value;
            var (location, function) = await PlaceAsync(look.Made, inspector, ct).ConfigureAwait(false);
            await note(new Observation(new Ticks(Math.Max(0, tick)), ObservationKind.Change, [value]) { Location = location, Function = function }).ConfigureAwait(false);
            return true;
        },
        ct);

    /// <summary>The statement an instruction belongs to; for one of a library's, the user's statement that called it.</summary>
    private async Task<(SourceLocation? Location, string? Function)> PlaceAsync(ulong instruction, GdbInspector inspector, CancellationToken ct)
    {
        var place = context.Space.Modules.Find(instruction, Process.Pid);
        if (place.Line is { } line)
        {
            return (new SourceLocation(line.File, line.Line), place.Function is { } symbol ? await context.NameAsync(Process, symbol).ConfigureAwait(false) : null);
        }

        var frames = (await inspector.GetStackAsync(0, 0, ct).ConfigureAwait(false)).Frames;
        return frames.FirstOrDefault(f => f is { IsUserCode: true, Location: not null }) is { } users ? (users.Location, users.Function) : (null, place.Function?.Name);
    }
}
