namespace Fred.Dap;

/// <summary>What is promised to clients. A promise here has a handler, and a test that uses it.</summary>
internal static class ServerCapabilities
{
    /// <summary>The filter that stops where exceptions are raised.</summary>
    public const string Raised = "raised";

    /// <summary>The filter that stops where an exception ends the program.</summary>
    public const string Uncaught = "uncaught";

    private const string Types = "Exception types with commas between them, '!' before those to leave out: ValueError, !KeyError";
    private const string CppTypes = "Exception types with commas between them, '!' before those to leave out: std::runtime_error, !app::Timeout";

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
        ExceptionBreakpointFilters = FiltersOf("pdb"),
        SupportsExceptionFilterOptions = true,
        SupportsExceptionInfoRequest = true,
        SupportsStepBack = true,
        SupportsSteppingGranularity = true,
        SupportsStepInTargetsRequest = true,
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
        SupportsBreakpointLocationsRequest = true,
        SupportsCancelRequest = true,
    };

    /// <summary>Which exceptions can be chosen. A C++ exception that nothing catches ends the program by SIGABRT, which always stops.</summary>
    /// <param name="backend">pdb or gdb; empty as long as it is not known.</param>
    public static IReadOnlyList<ExceptionFilter> FiltersOf(string backend) => backend == "gdb"
        ? [new(Raised, "Thrown C++ Exceptions", "Stop where C++ throws an exception, caught or not, in both directions.", false, true, CppTypes)]
        :
        [
            new(Raised, "Raised Exceptions", "Stop before the statement that raises an exception, caught or not, in both directions.", false, true, Types),
            new(Uncaught, "Uncaught Exceptions", "Stop where an exception that nothing catches ends the program.", true, true, Types),
        ];

    /// <summary>What depends on the backend, sent when it is known.</summary>
    /// <param name="backend">pdb or gdb.</param>
    public static Capabilities Of(string backend) => backend == "gdb"
        ? new()
        {
            CompletionTriggerCharacters = [".", ">"],
            ExceptionBreakpointFilters = FiltersOf(backend),
            SupportsReadMemoryRequest = true,
            SupportsWriteMemoryRequest = true,
            SupportsDisassembleRequest = true,
            SupportsInstructionBreakpoints = true,
            SupportsDataBreakpointBytes = true,
        }
        : new() { CompletionTriggerCharacters = ["."] };
}
