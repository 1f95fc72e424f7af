namespace Fred.Dap;

/// <summary>Line, function and exception breakpoints.</summary>
internal sealed class BreakpointHandlers
{
    private readonly Sitting _sitting;
    private readonly PastLogs _pastLogs;

    /// <summary>Initializes a new instance of the <see cref="BreakpointHandlers"/> class.</summary>
    public BreakpointHandlers(Sitting sitting, PastLogs pastLogs)
    {
        _sitting = sitting;
        _pastLogs = pastLogs;
    }

    /// <summary>Adds the handlers to the map.</summary>
    public void Register(Dictionary<string, RequestHandler> map)
    {
        map["breakpointLocations"] = BreakpointLocationsAsync;
        map["setBreakpoints"] = SetBreakpointsAsync;
        map["setFunctionBreakpoints"] = SetFunctionBreakpointsAsync;
        map["setExceptionBreakpoints"] = SetExceptionBreakpointsAsync;
    }

    private async Task<DapResult> SetBreakpointsAsync(DapRequest request, CancellationToken ct)
    {
        SetBreakpointsArguments arguments = request.Bind(DapJson.Default.SetBreakpointsArguments);
        if (arguments.Source?.Path is not { Length: > 0 } given)
        {
            throw new DapRequestException("Breakpoints need a source with a path: code that is in no file cannot have any.");
        }
        string path = Path.GetFullPath(given, _sitting.Settings?.Directory is { } directory && Path.IsPathRooted(directory) ? directory : Environment.CurrentDirectory);
        IReadOnlyList<SourceBreakpoint> wanted = arguments.Breakpoints ?? [.. (arguments.Lines ?? []).Select(line => new SourceBreakpoint { Line = line })];
        if (wanted.Any(breakpoint => breakpoint is not { Line: > 0 }))
        {
            throw new DapRequestException("Every breakpoint needs a line from 1.");
        }
        IReadOnlyList<UserBreakpoint> set = await _sitting.Breakpoints.ReplaceAsync(
            breakpoint => breakpoint.Wanted.Path == path,
            [.. wanted.Select(breakpoint => new WantedBreakpoint(
                path, breakpoint.Line!.Value, null, NullIfEmpty(breakpoint.Condition), NullIfEmpty(breakpoint.HitCondition), NullIfEmpty(breakpoint.LogMessage)))])
            .ConfigureAwait(false);
        DapResult result = DapResult.Of(new BreakpointsBody([.. set.Select(breakpoint => breakpoint.ToBody())]));
        return _pastLogs.Choose(set) is { Count: > 0 } late
            ? _sitting.Travel.StartBackground("Log the past", result.Body, leg => _pastLogs.PrintAsync(leg, late))
            : result;
    }

    private async Task<DapResult> SetFunctionBreakpointsAsync(DapRequest request, CancellationToken ct)
    {
        IReadOnlyList<FunctionBreakpoint> wanted = request.Bind(DapJson.Default.SetFunctionBreakpointsArguments).Breakpoints ?? [];
        if (wanted.Any(breakpoint => string.IsNullOrWhiteSpace(breakpoint?.Name)))
        {
            throw new DapRequestException("Every function breakpoint needs a name.");
        }
        IReadOnlyList<UserBreakpoint> set = await _sitting.Breakpoints.ReplaceAsync(
            breakpoint => breakpoint.Wanted.Function is not null,
            [.. wanted.Select(breakpoint => new WantedBreakpoint(
                null, 0, breakpoint.Name!.Trim(), NullIfEmpty(breakpoint.Condition), NullIfEmpty(breakpoint.HitCondition), null))])
            .ConfigureAwait(false);
        return DapResult.Of(new BreakpointsBody([.. set.Select(breakpoint => breakpoint.ToBody())]));
    }

    // A filter is switched on by its name alone or, with a condition, as an option; both are answered in the order given.
    private async Task<DapResult> SetExceptionBreakpointsAsync(DapRequest request, CancellationToken ct)
    {
        SetExceptionBreakpointsArguments arguments = request.Bind(DapJson.Default.SetExceptionBreakpointsArguments);
        string[] known = [.. ServerCapabilities.FiltersOf(_sitting.BackendName).Select(filter => filter.Filter)];
        var chosen = new Dictionary<string, ExceptionTypes>();
        var answers = new List<DapBreakpoint>();
        foreach (ExceptionFilterOptions? option in (arguments.Filters ?? []).Select(name => new ExceptionFilterOptions { FilterId = name }).Concat(arguments.FilterOptions ?? []))
        {
            try
            {
                string filter = option?.FilterId is { } id && known.Contains(id) ? id
                    : throw new DapRequestException($"There is no exception filter '{option?.FilterId}' here; known are {string.Join(" and ", known)}.");
                chosen[filter] = ExceptionTypes.Parse(option.Condition);
                answers.Add(new DapBreakpoint { Verified = true });
            }
            catch (DapRequestException error)
            {
                answers.Add(new DapBreakpoint { Verified = false, Message = error.Message });
            }
        }
        (_sitting.Exceptions.Raised, _sitting.Exceptions.Uncaught) = (chosen.GetValueOrDefault(ServerCapabilities.Raised), chosen.GetValueOrDefault(ServerCapabilities.Uncaught));
        await _sitting.Breakpoints.ReapplyAsync().ConfigureAwait(false);
        return DapResult.Of(new BreakpointsBody(answers));
    }

    // Where the text of the source has no statement there is no place to stop either.
    private async Task<DapResult> BreakpointLocationsAsync(DapRequest request, CancellationToken ct)
    {
        BreakpointLocationsArguments arguments = request.Bind(DapJson.Default.BreakpointLocationsArguments);
        if (arguments.Source?.Path is not { Length: > 0 } path || arguments.Line is not > 0)
        {
            throw new DapRequestException("breakpointLocations needs a source with a path, and a line from 1.");
        }
        int first = arguments.Line.Value;
        int last = Math.Max(first, arguments.EndLine ?? first);
        IReadOnlyList<int> lines = await _sitting.Session.GetLinesAsync(Path.GetFullPath(path, Environment.CurrentDirectory), ct).ConfigureAwait(false);
        return DapResult.Of(new BreakpointLocationsBody([.. lines.Where(line => line >= first && line <= last).Select(line => new BreakpointLocation(line))]));
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
