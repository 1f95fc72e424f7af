namespace Fred.Dap;

/// <summary>Line, function and exception breakpoints.</summary>
internal sealed class BreakpointHandlers
{
    private readonly Sitting _sitting;

    /// <summary>Initializes a new instance of the <see cref="BreakpointHandlers"/> class.</summary>
    public BreakpointHandlers(Sitting sitting)
    {
        _sitting = sitting;
    }

    /// <summary>Adds the handlers to the map.</summary>
    public void Register(Dictionary<string, RequestHandler> map)
    {
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
        return DapResult.Of(new BreakpointsBody([.. set.Select(breakpoint => breakpoint.ToBody())]));
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

    private Task<DapResult> SetExceptionBreakpointsAsync(DapRequest request, CancellationToken ct)
    {
        SetExceptionBreakpointsArguments arguments = request.Bind(DapJson.Default.SetExceptionBreakpointsArguments);
        string?[] asked = [.. arguments.Filters ?? [], .. (arguments.FilterOptions ?? []).Select(option => option?.FilterId)];
        _sitting.StopsAtUncaught = asked.Contains(ServerCapabilities.Uncaught);
        return Task.FromResult(DapResult.Of(new BreakpointsBody([.. asked.Select(filter => filter == ServerCapabilities.Uncaught
            ? new DapBreakpoint { Verified = true }
            : new DapBreakpoint { Verified = false, Message = $"There is no exception filter '{filter}'; known is {ServerCapabilities.Uncaught}." })])));
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
