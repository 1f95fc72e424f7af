using System.Globalization;

namespace Fred.Dap;

/// <summary>What a user types into the editor's debug console: expressions, statements, Fred's verbs and the backend's own commands.</summary>
/// <remarks>
/// Names of variables must win over names of commands there, so commands carry a prefix: <c>fred-</c> for Fred's verbs (FReD's own spelling), the backend's
/// name (<c>pdb</c>, <c>gdb</c>) for its commands. Everything else is an expression or, if it is none, a statement.
/// </remarks>
internal sealed class DebugConsole
{
    private const string Prefix = "fred-";

    private readonly Sitting _sitting;
    private readonly DapConnection _connection;
    private readonly Mover _mover;

    /// <summary>Initializes a new instance of the <see cref="DebugConsole"/> class.</summary>
    public DebugConsole(Sitting sitting, DapConnection connection, Mover mover)
    {
        _sitting = sitting;
        _connection = connection;
        _mover = mover;
    }

    /// <summary>Carries out a line.</summary>
    public Task<DapResult> ExecuteAsync(DapRequest request, string line, FrameHandle frame, CancellationToken ct)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        string rest = words.Length > 1 ? words[1] : "";
        if (words[0].StartsWith(Prefix, StringComparison.Ordinal))
        {
            return RunVerbAsync(request, words[0][Prefix.Length..], rest, frame, ct);
        }
        return words[0] == _sitting.BackendName && rest.Length > 0 ? RunBackendAsync(rest, ct) : RunCodeAsync(line, frame, ct);
    }

    /// <summary>Completes the name of a verb.</summary>
    /// <returns>Null when what stands before the cursor is no beginning of one.</returns>
    public static IEnumerable<string>? Complete(string before)
    {
        string[] matches = [.. ConsoleVerb.All.Select(verb => Prefix + verb.Name).Where(name => before.Length > 1 && name.StartsWith(before, StringComparison.Ordinal))];
        return matches.Length == 0 ? null : matches;
    }

    private async Task<DapResult> RunVerbAsync(DapRequest request, string name, string argument, FrameHandle frame, CancellationToken ct)
    {
        ConsoleVerb verb = ConsoleVerb.Find(name)
            ?? throw new FredException(ErrorId.UnknownCommand, $"Fred knows no verb '{name}'. Try fred-help.");
        DebugSession session = _sitting.Session;
        if (verb.Answer is { } answer)
        {
            return Text(await answer(session, argument, ct).ConfigureAwait(false));
        }
        if (verb.Move is { } move)
        {
            return Start(verb.Name, move(argument));
        }
        return await WatchAsync(request, argument, frame, ct).ConfigureAwait(false);
    }

    private Task<DapResult> WatchAsync(DapRequest request, string argument, FrameHandle frame, CancellationToken ct)
    {
        if (argument.Length == 0)
        {
            throw new FredException(ErrorId.Usage, "fred-reverse-watch needs an expression that should be true.");
        }
        var query = new WatchQuery(argument, frame.Names);
        return SearchLeg.WatchAsync(_sitting, request, query, report => Body(Describe(argument, report)), ct);
    }

    private string Describe(string expression, WatchReport report) => report.Transitions.Count == 0
        ? $"{expression}: {FredBodies.Of(expression, report, _sitting.Session).Result}"
        : string.Join('\n', report.Transitions.Select(found => string.Create(
            CultureInfo.InvariantCulture, $"{found.Location?.File}:{found.Location?.Line} (tick {found.At.Value}): {found.Before.Value} -> {found.After.Value}")));

    private async Task<DapResult> RunBackendAsync(string line, CancellationToken ct)
    {
        BackendReply reply = await _sitting.Session.ExecuteBackendAsync(line, ct).ConfigureAwait(false);
        string output = reply.Output;
        if (reply.Breakpoints is not null)
        {
            await _sitting.Breakpoints.MergeAsync().ConfigureAwait(false);
        }
        switch (reply.Action)
        {
            case null:
                return Text(output);
            case BackendAction.Run run:
                SessionCommand command = run.Filter is { } filter ? new SessionCommand.RunTo(filter) : new SessionCommand.Continue();
                return Start(line, command) with { Body = Body(output) };
            case BackendAction.Mutate mutate:
                return Text(output + await ProgramChange.MakeAsync(_sitting, _connection, mutate.Mutation, ct).ConfigureAwait(false));
            case BackendAction.Restart:
                return Text(output + "Use the editor's restart button to start the program again.");
            case BackendAction.Quit:
                return Text(output + "Use the editor's stop button to end the session.");
            default:
                throw new ArgumentOutOfRangeException(nameof(line));
        }
    }

    // An expression is only read. What is none may be a statement: the backend's debugger knows, and it changes the program.
    private async Task<DapResult> RunCodeAsync(string line, FrameHandle frame, CancellationToken ct)
    {
        DapResult read = await EvaluateHandlers.ReadAsync(_sitting, line, frame, ct).ConfigureAwait(false);
        if (read.Success || read.Message is not { } problem || !problem.Contains("SyntaxError", StringComparison.Ordinal))
        {
            return read;
        }
        return Text(await ProgramChange.MakeAsync(_sitting, _connection, new Mutation(line, frame.Index) { Thread = frame.Thread }, ct).ConfigureAwait(false));
    }

    private DapResult Start(string title, SessionCommand command) =>
        _sitting.Travel.Start(title, Body(""), leg => _mover.MoveAsync(leg, command), tellContinued: true);

    private static EvaluateBody Body(string text) => new(text.TrimEnd('\n'), null, 0);

    private static DapResult Text(string text) => DapResult.Of(Body(text));
}
