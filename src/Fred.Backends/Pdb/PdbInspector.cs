using System.Globalization;
using System.Text.Json;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Asks a throw-away fork of a stopped process: one JSON object a line each way.</summary>
/// <remarks>
/// The fork may run any code of the program, also for ever: cancelling a question kills it, and the inspector is of no use afterwards.
/// The first page of the stack and the fingerprint come in one answer, which is kept: both are wanted at every stop.
/// </remarks>
/// <param name="lines">To the fork; owned.</param>
/// <param name="process">The fork.</param>
internal sealed class PdbInspector(LineConnection lines, OwnedProcess process) : IInspector
{
    private const int LongestLine = 64 << 20;
    private InspectorReply? _stop;
    private long _lastId;

    /// <inheritdoc/>
    public EvaluationScope Entry { get; } = new EvaluationScope.InActivation("module:__main__");

    /// <inheritdoc/>
    public Task<StackPage> GetStackAsync(int start, int count, CancellationToken ct) => GetStackAsync(0, start, count, ct);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ThreadInfo>> GetThreadsAsync(CancellationToken ct)
    {
        var reply = await AskAsync(new InspectorRequest(++_lastId, "threads"), ct).ConfigureAwait(false);
        return Array.ConvertAll(reply.Threads, static thread => new ThreadInfo(thread.Number, thread.Name, thread.Current, thread.Daemon, thread.Frame is { } frame ? Translate(frame) : null));
    }

    /// <inheritdoc/>
    public async Task<StackPage> GetStackAsync(int thread, int start, int count, CancellationToken ct)
    {
        if (start == 0 && thread == 0)
        {
            var stop = await StopAsync(ct).ConfigureAwait(false);
            if (stop.Frames.Length >= stop.Total || (count > 0 && count <= stop.Frames.Length))
            {
                var frames = count > 0 && count < stop.Frames.Length ? stop.Frames[..count] : stop.Frames;
                return new StackPage(Array.ConvertAll(frames, Translate), stop.Total);
            }
        }

        var reply = await AskAsync(new InspectorRequest(++_lastId, "stack") { Start = start, Count = count, Thread = thread }, ct).ConfigureAwait(false);
        return new StackPage(Array.ConvertAll(reply.Frames, Translate), reply.Total);
    }

    /// <inheritdoc/>
    public async Task<Evaluation> EvaluateAsync(string expression, EvaluationScope scope, CancellationToken ct)
    {
        var request = new InspectorRequest(++_lastId, "eval") { Expr = expression };
        request = scope is EvaluationScope.InFrame frame ? request with { Frame = frame.Index, Thread = frame.Thread } : request with { Activation = AgentScope.Of(scope) };
        var reply = await AskAsync(request, ct).ConfigureAwait(false);
        return reply.State switch
        {
            "good" => new Evaluation(Truth.Good, reply.Value ?? string.Empty, reply.Type ?? string.Empty, reply.Ref),
            "bad" => new Evaluation(Truth.Bad, reply.Value ?? string.Empty, reply.Type ?? string.Empty, reply.Ref),
            _ => new Evaluation(Truth.NotEvaluable, ErrorText(reply) ?? "not evaluable here", string.Empty, 0) { IsInvalid = reply.State == "invalid" },
        };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Variable>> GetVariablesAsync(VariableQuery query, CancellationToken ct)
    {
        var request = new InspectorRequest(++_lastId, "variables")
        {
            Frame = query.Scope?.FrameIndex,
            Thread = query.Scope?.Thread,
            Scope = query.Scope is { } scope ? (scope.Globals ? "globals" : "locals") : null,
            Ref = query.Scope is null ? query.Reference : null,
            Start = query.Start,
            Count = query.Count,
            Filter = query.Filter switch { VariableFilter.Indexed => "indexed", VariableFilter.Named => "named", _ => null },
        };
        var reply = await AskAsync(request, ct).ConfigureAwait(false);
        return Array.ConvertAll(reply.Variables, v => new Variable(v.Name, v.Value, v.Type ?? string.Empty, v.Ref, v.Named, v.Indexed, v.EvaluateName));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> CompleteAsync(string text, int column, int frameIndex, CancellationToken ct) =>
        (await AskAsync(new InspectorRequest(++_lastId, "complete") { Text = text, Column = column, Frame = frameIndex }, ct).ConfigureAwait(false)).Matches;

    /// <inheritdoc/>
    public async Task<ExceptionMet?> GetExceptionAsync(CancellationToken ct)
    {
        if ((await AskAsync(new InspectorRequest(++_lastId, "exception"), ct).ConfigureAwait(false)).Exception is not { } met)
        {
            return null;
        }

        var role = met.Role switch { "raise" => ExceptionRole.Raise, "handler" => ExceptionRole.Handler, _ => ExceptionRole.End };
        return new ExceptionMet(role, met.Type, met.Message)
        {
            Names = met.Names,
            Stack = Array.ConvertAll(met.Frames, Translate),
            Origin = met.Origin is { Line: > 0 } origin ? new SourceLocation(origin.File, origin.Line) : null,
        };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CallTarget>> GetCallTargetsAsync(CancellationToken ct)
    {
        var reply = await AskAsync(new InspectorRequest(++_lastId, "targets"), ct).ConfigureAwait(false);
        return reply.Activation is not { } activation ? [] : Array.ConvertAll(
            reply.Targets,
            t => new CallTarget(t.Label, activation, new SourceSpan(t.Span.Line, t.Span.Column, t.Span.EndLine, t.Span.EndColumn)) { Column = t.Column });
    }

    /// <inheritdoc/>
    public async Task<bool> IsInCallAsync(CallTarget target, CancellationToken ct)
    {
        var request = new InspectorRequest(++_lastId, "calling")
        {
            Activation = target.Activation,
            Text = target.Label,
            Span = new InspectorSpan(target.Span.Line, target.Span.Start, target.Span.EndLine, target.Span.End),
        };
        return (await AskAsync(request, ct).ConfigureAwait(false)).Inside;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<int>> GetLinesAsync(string file, CancellationToken ct) =>
        (await AskAsync(new InspectorRequest(++_lastId, "lines") { File = file }, ct).ConfigureAwait(false)).Lines;

    /// <inheritdoc/>
    public async Task<BackendReply> ExecuteAsync(string line, string state, CancellationToken ct) =>
        PdbReply.Translate(await AskAsync(new InspectorRequest(++_lastId, "command") { Line = line, State = state }, ct).ConfigureAwait(false), state);

    /// <inheritdoc/>
    public async Task<BackendReply> DisplayAsync(string state, CancellationToken ct) =>
        PdbReply.Translate(await AskAsync(new InspectorRequest(++_lastId, "display") { State = state }, ct).ConfigureAwait(false), state);

    /// <inheritdoc/>
    public async Task<string> GetValueFingerprintAsync(CancellationToken ct) => (await StopAsync(ct).ConfigureAwait(false)).Fingerprint ?? string.Empty;

    /// <inheritdoc/>
    public async Task<string> GetDigestAsync(CancellationToken ct) =>
        (await AskAsync(new InspectorRequest(++_lastId, "digest"), ct).ConfigureAwait(false)).Fingerprint ?? string.Empty;

    /// <summary>Ends the fork. Its last moments are not waited for: it holds nothing that anybody needs.</summary>
    public ValueTask DisposeAsync()
    {
        End();
        return ValueTask.CompletedTask;
    }

    private static Frame Translate(InspectorFrame frame)
    {
        var location = frame.File is { Length: > 0 } file && frame.Line > 0 ? new SourceLocation(file, frame.Line) : null;
        return new Frame(frame.Index, location, frame.Function ?? string.Empty, frame.User, frame.Activation) { Entry = EntryOf(frame.Activation), Depth = frame.Depth, QualifiedName = frame.Qualified };
    }

    // "frame:<index>:<entry tick>:<depth>"; a module's activation is as old as the program and says no tick.
    private static Ticks? EntryOf(string? activation) =>
        activation?.Split(':') is ["frame", _, var entry, _] && long.TryParse(entry, NumberStyles.None, CultureInfo.InvariantCulture, out var tick) ? new Ticks(tick) : null;

    private static string? ErrorText(InspectorReply reply)
    {
        switch (reply.Error.ValueKind)
        {
            case JsonValueKind.String:
                return reply.Error.GetString();
            case JsonValueKind.Object:
                var type = reply.Error.TryGetProperty("type", out var t) ? t.ToString() : "Error";
                var message = reply.Error.TryGetProperty("message", out var m) ? m.ToString() : string.Empty;
                return $"{type}: {message}";
            default:
                return null;
        }
    }

    private void End()
    {
        lines.Dispose();
        _ = process.EndAsync();
    }

    private async Task<InspectorReply> StopAsync(CancellationToken ct) => _stop ??= await AskAsync(new InspectorRequest(++_lastId, "stop"), ct).ConfigureAwait(false);

    private async Task<InspectorReply> AskAsync(InspectorRequest request, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        string? line;
        await using (ct.Register(End).ConfigureAwait(false))
        {
            await lines.WriteAsync(JsonSerializer.Serialize(request, AgentJson.Default.InspectorRequest) + "\n", CancellationToken.None).ConfigureAwait(false);
            line = await lines.ReadLineAsync(LongestLine, CancellationToken.None).ConfigureAwait(false);
        }

        if (line is null)
        {
            ct.ThrowIfCancellationRequested();
            throw await LostAsync().ConfigureAwait(false);
        }

        var reply = Parse(line);
        if (reply.Id != request.Id)
        {
            throw Broken(line, null);
        }

        return reply.Ok ? reply : throw new FredException(ErrorId.BadExpression, ErrorText(reply) ?? "The inspector could not answer.");
    }

    private async Task<FredException> LostAsync()
    {
        var status = await process.EndAsync().ConfigureAwait(false);
        return new FredException(
            ErrorId.ReplicaLost, $"The copy of the program in which this was evaluated ended: {status?.ToString() ?? "fred-launcher is gone"}. The program itself is untouched; give another command.");
    }

    private static InspectorReply Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AgentJson.Default.InspectorReply) ?? throw Broken(line, null);
        }
        catch (JsonException e)
        {
            throw Broken(line, e);
        }
    }

    private static FredException Broken(string line, Exception? inner) =>
        new(ErrorId.ProtocolBroken, $"An inspector answered something that is not its protocol: {(line.Length > 200 ? line[..200] : line)}. This is an error in fred; please report it.", inner);
}
