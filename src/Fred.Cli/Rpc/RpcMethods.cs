using System.Text.Json;

namespace Fred.Cli;

/// <summary>Carries out the requests of one client, one at a time. The verbs are those of the prompt; docs/rpc.md describes the rest.</summary>
/// <param name="host">The world around.</param>
/// <param name="writer">To the client.</param>
internal sealed class RpcMethods(CliHost host, RpcWriter writer) : IAsyncDisposable
{
    /// <summary>The version of this protocol.</summary>
    public const int Version = 1;

    private readonly RpcView _view = new(writer);
    private bool _initialized;
    private DebugSession? _session;
    private ReplContext? _context;
    private ReplEngine? _engine;

    /// <summary>Gets a value indicating whether the client has said that this is the end.</summary>
    public bool IsOver { get; private set; }

    private DebugSession Session => _session ?? throw new RpcException(RpcException.NotYet, ErrorId.NotNow, "There is no program yet: launch one.");

    /// <summary>Carries out a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Writes the result.</returns>
    /// <exception cref="RpcException">It is answered by an error.</exception>
    public async Task<Action<Utf8JsonWriter>> CallAsync(RpcRequest request, CancellationToken ct)
    {
        if (request.Method == "initialize")
        {
            return Initialize(request);
        }

        if (!_initialized)
        {
            throw new RpcException(RpcException.NotYet, ErrorId.NotNow, "The first request is initialize.");
        }

        try
        {
            return request.Method switch
            {
                "launch" => await LaunchAsync(request, ct).ConfigureAwait(false),
                "execute" => await ExecuteAsync(Line(request.Text("line") ?? throw request.Invalid("which line? Give \"line\".")), ct).ConfigureAwait(false),
                "evaluate" => await EvaluateAsync(request, ct).ConfigureAwait(false),
                "stack" => await StackAsync(request, ct).ConfigureAwait(false),
                "variables" => await VariablesAsync(request, ct).ConfigureAwait(false),
                "shutdown" => End(),
                _ when ReplCommands.Find(request.Method) is { } verb => await ExecuteAsync(Line($"fred-{verb.Name} {Argument(request)}"), ct).ConfigureAwait(false),
                _ => throw new RpcException(RpcException.MethodNotFound, ErrorId.UnknownCommand, $"There is no method '{request.Method}'. The result of initialize lists the verbs."),
            };
        }
        catch (FredException error)
        {
            throw new RpcException(RpcException.Refused, error.Id, error.Message);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw new RpcException(RpcException.Refused, ErrorId.Cancelled, "Cancelled; the sitting stands where it stood.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
        {
            await _session.DisposeAsync().ConfigureAwait(false);
        }

        _view.Dispose();
    }

    private static string Line(string text) =>
        text.Contains('\n', StringComparison.Ordinal) ? throw new RpcException(RpcException.InvalidParams, ErrorId.Usage, "A command is one line.") : text.Trim();

    /// <summary>What follows a verb: a text, a number, or a list of both.</summary>
    private static string Argument(RpcRequest request) => request.Params.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => string.Empty,
        JsonValueKind.Array when request.Params.EnumerateArray().All(e => e.ValueKind is JsonValueKind.String or JsonValueKind.Number) => string.Join(' ', request.Params.EnumerateArray()),
        JsonValueKind.Object when request.Member("argument") is { ValueKind: JsonValueKind.String or JsonValueKind.Number } argument => argument.ToString(),
        JsonValueKind.Object when !request.Params.EnumerateObject().Any() => string.Empty,
        _ => throw request.Invalid("the parameters are a list of words, or an object with \"argument\"."),
    };

    private Action<Utf8JsonWriter> Initialize(RpcRequest request)
    {
        if (request.Member("versions") is not { ValueKind: JsonValueKind.Array } versions || !versions.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Number))
        {
            throw request.Invalid($"which versions of the protocol does the client know? Give \"versions\": [{Version}].");
        }

        if (!versions.EnumerateArray().Any(v => v.TryGetInt32(out var number) && number == Version))
        {
            throw new RpcException(RpcException.NoCommonVersion, ErrorId.Unsupported, $"This fred speaks version {Version} of the protocol only. Use a client that does, too.");
        }

        _initialized = true;
        return json =>
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteStartObject("server");
            json.WriteString("name", "fred");
            json.WriteString("version", typeof(RpcMethods).Assembly.GetName().Version?.ToString(3));
            json.WriteEndObject();
            json.WriteStartArray("verbs");
            foreach (var verb in ReplCommands.All)
            {
                json.WriteStartObject();
                json.WriteString("name", verb.Name);
                json.WriteString("arguments", verb.Arguments);
                json.WriteString("help", verb.Help);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        };
    }

    private async Task<Action<Utf8JsonWriter>> LaunchAsync(RpcRequest request, CancellationToken ct)
    {
        if (_session is not null)
        {
            throw new RpcException(RpcException.Refused, ErrorId.NotNow, "There is a program already; start another fred for another one.");
        }

        var program = ProgramLine.Read(request.Texts("command"), request.Text("python"), request.Text("gdb")) with
        {
            Input = request.Text("input") ?? "/dev/null", // fred's own is the client's
            Output = request.Text("output"),
            OutputToError = true,
            Checkpointer = request.Text("checkpointer") ?? "fork",
            FollowChild = FollowedChild.TryParse(request.Text("follow"), out var child) ? child : throw new FredException(ErrorId.Usage, FollowedChild.Refusal(request.Text("follow")!) + "."),
            TraceLibrary = request.Texts("traceLibrary"),
            Interval = request.Member("interval") is { ValueKind: JsonValueKind.Number } seconds ? TimeSpan.FromSeconds(Math.Clamp(seconds.GetDouble(), 0.1, 86400)) : null,
        };
        _session = await Sitting.StartAsync(program, host, ct).ConfigureAwait(false);
        _context = new ReplContext(_session, _view.Console, _view.Sources)
        {
            Program = SessionVerb.ProgramText(program),
            Store = host.Sessions,
            Time = host.Time,
        };
        _engine = new ReplEngine(_context, _view);
        return Show(await _engine.StartAsync(ct).ConfigureAwait(false));
    }

    private async Task<Action<Utf8JsonWriter>> ExecuteAsync(string line, CancellationToken ct)
    {
        _ = Session;
        var outcome = await _engine!.ExecuteAsync(line, ct).ConfigureAwait(false);
        while (outcome.Error is null && !outcome.Quit && _context!.Injected.TryDequeue(out var next))
        {
            outcome = await _engine.ExecuteAsync(next, ct).ConfigureAwait(false);
        }

        IsOver |= outcome.Quit;
        return outcome.Error is { } error
            ? throw new RpcException(RpcException.Refused, error.Id, error.Message) { Outcome = outcome, Output = _view.TakeOutput() }
            : Show(outcome);
    }

    private Action<Utf8JsonWriter> Show(CommandOutcome outcome)
    {
        var output = _view.TakeOutput();
        return json =>
        {
            json.WriteStartObject();
            json.WriteStop(outcome.Stop);
            json.WriteString("output", output);
            json.WriteFindings(outcome, _view.Sources);
            json.WriteEndObject();
        };
    }

    private async Task<Action<Utf8JsonWriter>> EvaluateAsync(RpcRequest request, CancellationToken ct)
    {
        var expression = request.Text("expression") ?? throw request.Invalid("which expression? Give \"expression\".");
        EvaluationScope scope = request.Text("function") is { } function ? new EvaluationScope.InFunction(function) : new EvaluationScope.InFrame(request.Number("frame") ?? 0);
        var value = await Session.EvaluateAsync(expression, scope, ct).ConfigureAwait(false);
        if (value.IsInvalid)
        {
            throw new FredException(ErrorId.BadExpression, $"'{expression}' is no expression: {value.Value}.");
        }

        var hasValue = value.Truth != Truth.NotEvaluable;
        return json =>
        {
            json.WriteStartObject();
            json.WriteString("value", hasValue ? value.Value : null);
            json.WriteString("type", hasValue ? value.Type : null);
            json.WriteString("truth", Kebab.Of(value.Truth));
            json.WriteString("error", hasValue ? null : value.Value);
            json.WriteEndObject();
        };
    }

    private async Task<Action<Utf8JsonWriter>> StackAsync(RpcRequest request, CancellationToken ct)
    {
        var page = await Session.GetStackAsync(Math.Max(0, request.Number("start") ?? 0), Math.Max(0, request.Number("count") ?? 0), ct).ConfigureAwait(false);
        return json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("frames");
            foreach (var frame in page.Frames)
            {
                json.WriteStartObject();
                json.WriteNumber("index", frame.Index);
                json.WritePlace(frame.Location, frame.Function);
                json.WriteBoolean("own", frame.IsUserCode);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("total", page.Total);
            json.WriteEndObject();
        };
    }

    private async Task<Action<Utf8JsonWriter>> VariablesAsync(RpcRequest request, CancellationToken ct)
    {
        var scope = new FrameScope(request.Number("frame") ?? 0, request.Text("scope") switch { null or "locals" => false, "globals" => true, _ => throw request.Invalid("\"scope\" is locals or globals.") });
        var variables = await Session.GetVariablesAsync(new VariableQuery(scope, 0), ct).ConfigureAwait(false);
        return json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("variables");
            foreach (var variable in variables)
            {
                json.WriteStartObject();
                json.WriteString("name", variable.Name);
                json.WriteString("value", variable.Value);
                json.WriteString("type", variable.Type);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        };
    }

    private Action<Utf8JsonWriter> End()
    {
        IsOver = true;
        return static json => json.WriteNullValue();
    }
}
