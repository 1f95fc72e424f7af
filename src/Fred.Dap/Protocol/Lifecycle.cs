using System.Text.Json;

namespace Fred.Dap;

internal sealed record InitializeArguments
{
    public string? ClientID { get; init; }

    public bool? LinesStartAt1 { get; init; }

    public bool? ColumnsStartAt1 { get; init; }

    public bool? SupportsRunInTerminalRequest { get; init; }

    public bool? SupportsProgressReporting { get; init; }

    public bool? SupportsInvalidatedEvent { get; init; }

    public bool? SupportsMemoryEvent { get; init; }
}

/// <summary>Launch settings as the editor sends them. Settings of other adapters and of the editor itself are ignored.</summary>
internal sealed record LaunchArguments
{
    public string? Type { get; init; }

    public string? Backend { get; init; }

    public string? Program { get; init; }

    public string? Module { get; init; }

    public IReadOnlyList<string>? Args { get; init; }

    public string? Cwd { get; init; }

    public Dictionary<string, string?>? Env { get; init; }

    public string? Python { get; init; }

    public string? Gdb { get; init; }

    public string? Head { get; init; }

    public bool? StopOnEntry { get; init; }

    public string? Console { get; init; }

    public string? Checkpointer { get; init; }

    public string? Follow { get; init; }

    public double? Interval { get; init; }

    public bool? JustMyCode { get; init; }

    public bool? NoDebug { get; init; }

    public string? Token { get; init; }
}

internal sealed record RestartArguments
{
    /// <summary>New launch settings; undefined to use the old ones.</summary>
    public JsonElement Arguments { get; init; }
}

internal sealed record DisconnectArguments
{
    public bool? Restart { get; init; }

    public bool? TerminateDebuggee { get; init; }
}

internal sealed record CancelArguments
{
    public int? RequestId { get; init; }

    public string? ProgressId { get; init; }
}

internal sealed record RunInTerminalArguments(string Kind, string Title, string Cwd, IReadOnlyList<string> Args);

/// <summary>What the server can do. Only what holds for every backend is promised at the start; the rest comes by a capabilities event after the launch.</summary>
internal sealed record Capabilities
{
    public bool? SupportsConfigurationDoneRequest { get; init; }

    public bool? SupportsFunctionBreakpoints { get; init; }

    public bool? SupportsConditionalBreakpoints { get; init; }

    public bool? SupportsHitConditionalBreakpoints { get; init; }

    public bool? SupportsLogPoints { get; init; }

    public bool? SupportsEvaluateForHovers { get; init; }

    public bool? SupportsClipboardContext { get; init; }

    public IReadOnlyList<ExceptionFilter>? ExceptionBreakpointFilters { get; init; }

    public bool? SupportsExceptionFilterOptions { get; init; }

    public bool? SupportsExceptionInfoRequest { get; init; }

    public bool? SupportsStepBack { get; init; }

    public bool? SupportsSteppingGranularity { get; init; }

    public bool? SupportsStepInTargetsRequest { get; init; }

    public bool? SupportsSingleThreadExecutionRequests { get; init; }

    public bool? SupportsRestartFrame { get; init; }

    public bool? SupportsRestartRequest { get; init; }

    public bool? SupportsTerminateRequest { get; init; }

    public bool? SupportTerminateDebuggee { get; init; }

    public bool? SupportsSetVariable { get; init; }

    public bool? SupportsSetExpression { get; init; }

    public bool? SupportsCompletionsRequest { get; init; }

    public IReadOnlyList<string>? CompletionTriggerCharacters { get; init; }

    public bool? SupportsDelayedStackTraceLoading { get; init; }

    public bool? SupportsDataBreakpoints { get; init; }

    public bool? SupportsModulesRequest { get; init; }

    public bool? SupportsLoadedSourcesRequest { get; init; }

    public bool? SupportsBreakpointLocationsRequest { get; init; }

    public bool? SupportsCancelRequest { get; init; }

    public bool? SupportsReadMemoryRequest { get; init; }

    public bool? SupportsWriteMemoryRequest { get; init; }

    public bool? SupportsDisassembleRequest { get; init; }

    public bool? SupportsInstructionBreakpoints { get; init; }

    public bool? SupportsDataBreakpointBytes { get; init; }
}

internal sealed record CapabilitiesBody(Capabilities Capabilities);

internal sealed record ExceptionFilter(string Filter, string Label, string Description, bool Default, bool SupportsCondition, string? ConditionDescription);
