namespace Fred.Dap;

/// <summary>What is promised to clients. A promise here has a handler, and a test that uses it.</summary>
internal static class ServerCapabilities
{
    /// <summary>The one exception filter.</summary>
    public const string Uncaught = "uncaught";

    /// <summary>Gets what holds whatever is debugged.</summary>
    public static Capabilities AtStart { get; } = new()
    {
        SupportsConfigurationDoneRequest = true,
        SupportsFunctionBreakpoints = true,
        SupportsConditionalBreakpoints = true,
        SupportsHitConditionalBreakpoints = true,
        SupportsLogPoints = true,
        SupportsEvaluateForHovers = true,
        SupportsClipboardContext = true,
        ExceptionBreakpointFilters =
        [
            new(Uncaught, "Uncaught Exceptions", "Stop where an exception that nothing catches ends the program.", true, false, null),
        ],
        SupportsExceptionFilterOptions = true,
        SupportsExceptionInfoRequest = true,
        SupportsStepBack = true,
        SupportsSteppingGranularity = true,
        SupportsSingleThreadExecutionRequests = true,
        SupportsRestartFrame = true,
        SupportsRestartRequest = true,
        SupportsTerminateRequest = true,
        SupportTerminateDebuggee = true,
        SupportsSetVariable = true,
        SupportsSetExpression = true,
        SupportsCompletionsRequest = true,
        CompletionTriggerCharacters = ["."],
        SupportsDelayedStackTraceLoading = true,
        SupportsDataBreakpoints = true,
        SupportsModulesRequest = true,
        SupportsLoadedSourcesRequest = true,
        SupportsCancelRequest = true,
    };

    /// <summary>What depends on the backend, sent when it is known.</summary>
    /// <param name="backend">pdb or gdb.</param>
    public static Capabilities Of(string backend) => new() { CompletionTriggerCharacters = backend == "gdb" ? [".", ">"] : ["."] };
}
