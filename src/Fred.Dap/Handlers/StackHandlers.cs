namespace Fred.Dap;

/// <summary>Stacks and source files.</summary>
internal sealed class StackHandlers
{
    private readonly Sitting _sitting;

    /// <summary>Initializes a new instance of the <see cref="StackHandlers"/> class.</summary>
    public StackHandlers(Sitting sitting)
    {
        _sitting = sitting;
    }

    /// <summary>Adds the handlers to the map.</summary>
    public void Register(Dictionary<string, RequestHandler> map)
    {
        map["stackTrace"] = StackTraceAsync;
        map["source"] = SourceAsync;
        map["loadedSources"] = LoadedSourcesAsync;
        map["modules"] = ModulesAsync;
        map["exceptionInfo"] = ExceptionInfoAsync;
    }

    // levels 0 means all, as does leaving it out: clients exist that send the one or the other.
    private async Task<DapResult> StackTraceAsync(DapRequest request, CancellationToken ct)
    {
        StackTraceArguments arguments = request.Bind(DapJson.Default.StackTraceArguments);
        int start = Math.Max(0, arguments.StartFrame ?? 0);
        int count = Math.Max(0, arguments.Levels ?? 0);
        StopEvent stop = _sitting.Session.Stop;
        int thread = arguments.ThreadId is { } id && stop.Thread != 0 && id != stop.Thread ? id : 0;
        StackPage page = await _sitting.Session.GetStackAsync(thread, start, count, ct).ConfigureAwait(false);
        return DapResult.Of(new StackTraceBody([.. page.Frames.Select(frame => ToBody(frame, thread))], page.Total));
    }

    private DapStackFrame ToBody(Frame frame, int thread)
    {
        int id = _sitting.Handles.Frames.Add(new FrameHandle(frame.Index, frame.Activation, frame.Entry) { Thread = thread });
        if (frame.Location is not { } location)
        {
            return new DapStackFrame(id, frame.Function, null, 0, 0, "subtle", false) { InstructionPointerReference = Pointer(frame) };
        }
        _sitting.Sources.Note(location.File, frame.IsUserCode);
        return new DapStackFrame(
            id, frame.Function, SourceList.ToSource(location.File, frame.IsUserCode), location.Line, 1, frame.IsUserCode ? null : "subtle", frame.Entry is not null)
        {
            InstructionPointerReference = Pointer(frame),
        };
    }

    private static string? Pointer(Frame frame) => frame.Instruction is { } address ? MachineHandlers.Text(address) : null;

    private async Task<DapResult> SourceAsync(DapRequest request, CancellationToken ct)
    {
        SourceArguments arguments = request.Bind(DapJson.Default.SourceArguments);
        if (arguments.Source?.Path is not { Length: > 0 } path)
        {
            throw new DapRequestException("The text of this source is not kept; only files can be shown.");
        }
        try
        {
            return DapResult.Of(new SourceBody(await File.ReadAllTextAsync(path, ct).ConfigureAwait(false)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DapRequestException($"'{path}' cannot be read: {error.Message}");
        }
    }

    private Task<DapResult> LoadedSourcesAsync(DapRequest request, CancellationToken ct) =>
        Task.FromResult(DapResult.Of(new LoadedSourcesBody([.. _sitting.Sources.Snapshot().Select(source => SourceList.ToSource(source.File, source.IsUserCode))])));

    private Task<DapResult> ModulesAsync(DapRequest request, CancellationToken ct)
    {
        ModulesArguments arguments = request.Bind(DapJson.Default.ModulesArguments);
        IReadOnlyList<(string File, bool IsUserCode)> all = _sitting.Sources.Snapshot();
        int count = arguments.ModuleCount is > 0 ? arguments.ModuleCount.Value : int.MaxValue;
        return Task.FromResult(DapResult.Of(new ModulesBody(
            [.. all.Skip(Math.Max(0, arguments.StartModule ?? 0)).Take(count)
                .Select(source => new DapModule(source.File, Path.GetFileNameWithoutExtension(source.File), source.File, source.IsUserCode))],
            all.Count)));
    }

    private async Task<DapResult> ExceptionInfoAsync(DapRequest request, CancellationToken ct)
    {
        ExceptionMet met = await _sitting.Session.GetExceptionAsync(ct).ConfigureAwait(false)
            ?? throw new DapRequestException("No exception is raised, handled or ends the program here.");
        string trace = string.Join('\n', met.Stack.Select(frame => $"{frame.Location?.File}:{frame.Location?.Line}: {frame.Function}"));
        var details = new ExceptionDetails(met.Message, met.Type, met.Names.ElementAtOrDefault(1) ?? met.Type, trace);
        return DapResult.Of(new ExceptionInfoBody(met.Type, met.Text, met.Role == ExceptionRole.End ? "unhandled" : "always", details));
    }
}
