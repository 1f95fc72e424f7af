namespace Fred.Dap;

/// <summary>Scopes, variables and assignments to them.</summary>
internal sealed class VariableHandlers
{
    private readonly Sitting _sitting;
    private readonly DapConnection _connection;

    /// <summary>Initializes a new instance of the <see cref="VariableHandlers"/> class.</summary>
    public VariableHandlers(Sitting sitting, DapConnection connection)
    {
        _sitting = sitting;
        _connection = connection;
    }

    /// <summary>Adds the handlers to the map.</summary>
    public void Register(Dictionary<string, RequestHandler> map)
    {
        map["scopes"] = ScopesAsync;
        map["variables"] = VariablesAsync;
        map["setVariable"] = SetVariableAsync;
        map["setExpression"] = SetExpressionAsync;
    }

    /// <summary>Finds what a variables reference stands for.</summary>
    /// <exception cref="DapRequestException">It is of an earlier stop.</exception>
    public static VariableHandle Find(Sitting sitting, int reference) => sitting.Handles.Variables.TryGet(reference, out VariableHandle? handle)
        ? handle
        : throw new DapRequestException($"No variables {reference} at this stop. Ask for the scopes again.");

    private Task<DapResult> ScopesAsync(DapRequest request, CancellationToken ct)
    {
        FrameHandle frame = _sitting.Handles.Frame(request.Bind(DapJson.Default.FrameArguments).FrameId);
        return Task.FromResult(DapResult.Of(new ScopesBody(
        [
            new DapScope("Locals", "locals", _sitting.Handles.Variables.Add(new VariableHandle.Scope(frame, false)), false),
            new DapScope("Globals", "globals", _sitting.Handles.Variables.Add(new VariableHandle.Scope(frame, true)), true),
        ])));
    }

    // count 0 means all, as does leaving it out.
    private async Task<DapResult> VariablesAsync(DapRequest request, CancellationToken ct)
    {
        VariablesArguments arguments = request.Bind(DapJson.Default.VariablesArguments);
        VariableHandle owner = Find(_sitting, arguments.VariablesReference ?? 0);
        VariableFilter? filter = arguments.Filter switch
        {
            "indexed" => VariableFilter.Indexed,
            "named" => VariableFilter.Named,
            _ => null,
        };
        int start = Math.Max(0, arguments.Start ?? 0);
        int count = Math.Max(0, arguments.Count ?? 0);
        VariableQuery query = owner switch
        {
            VariableHandle.Scope scope => new VariableQuery(new FrameScope(scope.Frame.Index, scope.Globals) { Thread = scope.Frame.Thread }, 0, start, count, filter),
            VariableHandle.Children children => new VariableQuery(null, children.Reference, start, count, filter),
            _ => throw new InvalidOperationException("Unknown kind of variables."),
        };
        IReadOnlyList<Variable> variables = await _sitting.Session.GetVariablesAsync(query, ct).ConfigureAwait(false);
        return DapResult.Of(new VariablesBody([.. variables.Select(variable => ToBody(owner, variable))]));
    }

    private DapVariable ToBody(VariableHandle owner, Variable variable)
    {
        if (variable.EvaluateName is { } target)
        {
            owner.Targets[variable.Name] = target;
        }
        return new DapVariable(
            variable.Name,
            variable.Value,
            variable.Type.Length == 0 ? null : variable.Type,
            _sitting.Handles.AddChildren(owner.Frame, variable.Reference),
            variable.NamedCount == 0 ? null : variable.NamedCount,
            variable.IndexedCount == 0 ? null : variable.IndexedCount,
            variable.EvaluateName)
        {
            MemoryReference = variable.Memory is { } address ? MachineHandlers.Text(address) : null,
        };
    }

    private Task<DapResult> SetVariableAsync(DapRequest request, CancellationToken ct)
    {
        SetVariableArguments arguments = request.Bind(DapJson.Default.SetVariableArguments);
        VariableHandle owner = Find(_sitting, arguments.VariablesReference ?? 0);
        string name = arguments.Name ?? throw new DapRequestException("setVariable needs a name.");
        string? target = owner.Targets.GetValueOrDefault(name) ?? (owner is VariableHandle.Scope ? name : null);
        return target is null
            ? throw new DapRequestException($"'{name}' cannot be assigned to.")
            : AssignAsync(owner.Frame, target, arguments.Value, ct);
    }

    private Task<DapResult> SetExpressionAsync(DapRequest request, CancellationToken ct)
    {
        SetExpressionArguments arguments = request.Bind(DapJson.Default.SetExpressionArguments);
        FrameHandle frame = _sitting.Handles.Frame(arguments.FrameId);
        return string.IsNullOrWhiteSpace(arguments.Expression)
            ? throw new DapRequestException("setExpression needs an expression to assign to.")
            : AssignAsync(frame, arguments.Expression, arguments.Value, ct);
    }

    private async Task<DapResult> AssignAsync(FrameHandle frame, string target, string? value, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            throw new DapRequestException("An assignment needs a value.");
        }
        await ProgramChange.MakeAsync(_sitting, _connection, new Mutation($"{target} = {value}", frame.Index) { Thread = frame.Thread }, ct).ConfigureAwait(false);
        Evaluation now = await _sitting.Session.EvaluateAsync(target, frame.Names, ct).ConfigureAwait(false);
        return DapResult.Of(new SetValueBody(now.Value, now.Type.Length == 0 ? null : now.Type, _sitting.Handles.AddChildren(frame, now.Reference)));
    }
}
