namespace Fred.Dap;

/// <summary>Data breakpoints: any expression of a frame can be watched, in both directions.</summary>
internal sealed class DataBreakpointHandlers
{
    private readonly Sitting _sitting;

    /// <summary>Initializes a new instance of the <see cref="DataBreakpointHandlers"/> class.</summary>
    public DataBreakpointHandlers(Sitting sitting)
    {
        _sitting = sitting;
    }

    /// <summary>Adds the handlers to the map.</summary>
    public void Register(Dictionary<string, RequestHandler> map)
    {
        map["dataBreakpointInfo"] = InfoAsync;
        map["setDataBreakpoints"] = SetAsync;
    }

    private async Task<DapResult> InfoAsync(DapRequest request, CancellationToken ct)
    {
        DataBreakpointInfoArguments arguments = request.Bind(DapJson.Default.DataBreakpointInfoArguments);
        if (string.IsNullOrWhiteSpace(arguments.Name))
        {
            throw new DapRequestException("dataBreakpointInfo needs a name or an expression.");
        }
        if (arguments.AsAddress == true)
        {
            return await AtAddressAsync(MachineHandlers.Address(arguments.Name), arguments.Bytes ?? 1, null, ct).ConfigureAwait(false);
        }
        (FrameHandle frame, string expression) = Resolve(arguments, arguments.Name);
        if (arguments.Bytes is { } bytes)
        {
            MemoryRange place = await _sitting.Session.LookAtMachineAsync(
                (machine, token) => machine.LocateAsync(expression, frame.Names, token), ct).ConfigureAwait(false)
                ?? throw new DapRequestException($"{expression} is in no memory, so its bytes cannot be watched.");
            return await AtAddressAsync(place.Address, bytes, expression, ct).ConfigureAwait(false);
        }
        string? activation = frame.Activation ?? await ActivationAsync(frame, ct).ConfigureAwait(false);
        if (activation is null)
        {
            return DapResult.Of(new DataBreakpointInfoBody(null, $"{expression}: this frame cannot be found again at other times, so its values cannot be watched.", null, null));
        }
        var data = new DataId(expression, activation);
        Evaluation value = await _sitting.Session.EvaluateAsync(expression, data.Scope, ct).ConfigureAwait(false);
        return DapResult.Of(value.Truth == Truth.NotEvaluable
            ? new DataBreakpointInfoBody(null, $"{expression} cannot be watched: {value.Value}", null, null)
            : new DataBreakpointInfoBody(data.ToString(), $"{expression} (now {value.Value})", ["write"], false));
    }

    private async Task<DapResult> AtAddressAsync(ulong address, int bytes, string? name, CancellationToken ct)
    {
        string at = MachineHandlers.Text(address);
        string text = name is null ? $"{bytes} bytes at {at}" : $"{bytes} bytes of {name} at {at}";
        if (bytes is < 1 or > DataBytes.Most)
        {
            throw new DapRequestException($"From 1 to {DataBytes.Most} bytes can be watched.");
        }
        byte[] now = await _sitting.Session.LookAtMachineAsync((machine, token) => machine.ReadMemoryAsync(address, bytes, token), ct).ConfigureAwait(false);
        return DapResult.Of(now.Length < bytes
            ? new DataBreakpointInfoBody(null, $"{text}: there is no memory.", null, null)
            : new DataBreakpointInfoBody(new DataId(at, null) { Bytes = bytes }.ToString(), text, ["write"], false));
    }

    private Task<DapResult> SetAsync(DapRequest request, CancellationToken ct)
    {
        IReadOnlyList<DataBreakpointArguments> wanted = request.Bind(DapJson.Default.SetDataBreakpointsArguments).Breakpoints ?? [];
        var answers = new List<DapBreakpoint>();
        var set = new List<DataBreakpoint>();
        IReadOnlyList<DataBreakpoint> old = _sitting.Breakpoints.Data.All;
        foreach (DataBreakpointArguments want in wanted)
        {
            if (!string.IsNullOrWhiteSpace(want.HitCondition))
            {
                answers.Add(new DapBreakpoint { Message = "Data breakpoints have no hit condition; use a condition." });
                continue;
            }
            if (want.AccessType is not (null or "write"))
            {
                answers.Add(new DapBreakpoint { Message = $"Only writes are watched, not '{want.AccessType}'." });
                continue;
            }
            DataId data = DataId.Parse(want.DataId);
            string? condition = string.IsNullOrWhiteSpace(want.Condition) ? null : want.Condition;
            int id = old.FirstOrDefault(known => known.Data == data && known.Condition == condition)?.Id ?? _sitting.Breakpoints.NextId();
            set.Add(new DataBreakpoint(id, data, condition));
            answers.Add(new DapBreakpoint { Id = id, Verified = true });
        }
        _sitting.Breakpoints.Data.All = set;
        return Task.FromResult(DapResult.Of(new BreakpointsBody(answers)));
    }

    // With a variablesReference the name is a member's; else it is an expression of the frame.
    private (FrameHandle Frame, string Expression) Resolve(DataBreakpointInfoArguments arguments, string name)
    {
        if (arguments.VariablesReference is not { } reference || reference == 0)
        {
            return (_sitting.Handles.Frame(arguments.FrameId), name);
        }
        VariableHandle owner = VariableHandlers.Find(_sitting, reference);
        return (owner.Frame, owner.Targets.GetValueOrDefault(name) ?? name);
    }

    private async Task<string?> ActivationAsync(FrameHandle frame, CancellationToken ct)
    {
        StackPage page = await _sitting.Session.GetStackAsync(frame.Thread, frame.Index, 1, ct).ConfigureAwait(false);
        return page.Frames.Count == 0 ? null : page.Frames[0].Activation;
    }
}
