using Fred.Core;

namespace Fred.Backends;

/// <content>Questions to an interval of the history: docs/agent-protocol.md, section 2.5.</content>
internal sealed partial class AgentSession
{
    /// <summary>A process answers this much on trust before its state is compared with a clean one's: what is held back until then has to fit into memory.</summary>
    private const int MostDoubtful = 100_000;

    private const char Separator = '\u001e';

    /// <summary>Observes; see <see cref="IReplaySession.ObserveAsync"/>.</summary>
    public async Task<ObservationEnd> ObserveAsync(ObservationRequest request, Func<Observation, ValueTask> note, CancellationToken ct)
    {
        await PrepareAsync(request, ct).ConfigureAwait(false);
        var notes = new Notes(note);
        var reply = await ResumeArmedAsync(AgentCommand.Observe(request, MostDoubtful), ct, notes.TakeAsync).ConfigureAwait(false);
        notes.Rethrow();
        var end = Expect<AgentMessage.Scanned>(reply.Last);
        return new ObservationEnd(new Ticks(end.Tick), new Fingerprint(end.Probe, end.Cursor, end.Depth), end.Touched ? end.Digest : null);
    }

    private async Task PrepareAsync(ObservationRequest request, CancellationToken ct)
    {
        _armedVersion = null;
        _arming = AgentCommand.BreakpointsClear;
        switch (request)
        {
            case HitObservation hits:
                foreach (var point in hits.Points)
                {
                    _arming += AgentCommand.BreakpointAdd(point);
                    Expect<AgentMessage.Looking>((await ResumeArmedAsync(AgentCommand.Look(point), ct).ConfigureAwait(false)).Last);
                }

                break;
            case ChangeObservation change:
                Expect<AgentMessage.Watching>((await ResumeArmedAsync(AgentCommand.Watch(change.Expression, change.Scope), ct).ConfigureAwait(false)).Last);
                break;
            case CallObservation calls:
                _arming += AgentCommand.BreakpointFunction(1, calls.Function);
                break;
            case EventObservation:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(request));
        }
    }

    /// <summary>Hands on what is seen, on the connection's task: while it waits, so does the process.</summary>
    private sealed class Notes(Func<Observation, ValueTask> note)
    {
        private readonly Dictionary<(string, int), SourceLocation> _places = [];
        private Exception? _failure;

        public async ValueTask TakeAsync(AgentMessage.Seen seen)
        {
            if (_failure is not null)
            {
                return;
            }

            try
            {
                await note(Translate(seen)).ConfigureAwait(false);
            }
            catch (Exception error) when (error is OperationCanceledException or FredException or System.Threading.Channels.ChannelClosedException)
            {
                // Nobody listens any more; the process is not to blame.
                _failure = error;
            }
        }

        public void Rethrow()
        {
            if (_failure is not null)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
            }
        }

        private Observation Translate(AgentMessage.Seen seen) => new(new Ticks(seen.Tick), Kind(seen.Kind), Values(seen.Text))
        {
            IsDoubtful = seen.Doubtful,
            Number = seen.Id,
            Depth = seen.Depth,
            Thread = seen.Thread,
            Location = Place(seen),
            Function = seen.Function.Length > 0 ? seen.Function : null,
        };

        private SourceLocation? Place(AgentMessage.Seen seen)
        {
            if (seen.Line <= 0 || seen.File.Length == 0)
            {
                return null;
            }

            return _places.TryGetValue((seen.File, seen.Line), out var place) ? place : _places[(seen.File, seen.Line)] = new SourceLocation(seen.File, seen.Line);
        }

        private static ObservationKind Kind(string kind) => kind switch
        {
            "hit" => ObservationKind.Hit,
            "change" => ObservationKind.Change,
            "call" => ObservationKind.Call,
            "return" => ObservationKind.Return,
            "handler" => ObservationKind.Handler,
            "end" => ObservationKind.End,
            "event" => ObservationKind.Event,
            "total" => ObservationKind.Total,
            _ => throw new FredException(ErrorId.ProtocolBroken, $"A process has seen an unknown kind of thing: \"{kind}\". fred and its native part come from different versions; rebuild both."),
        };

        private static IReadOnlyList<ObservedValue> Values(string text) => text.Length == 0 ? [] :
            [.. text.Split(Separator).Select(value => new ObservedValue(value.Length > 0 ? value[1..] : string.Empty, value.StartsWith('+')))];
    }
}
