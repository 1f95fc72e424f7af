namespace Fred.Dap;

/// <summary>Tells the ends that the user wanted from failures: the session reports a cancelled movement by its own error, everything else by .NET's.</summary>
internal static class Cancellation
{
    /// <summary>Whether an exception means that something was cancelled.</summary>
    public static bool Is(Exception error) => error is OperationCanceledException or FredException { Id: ErrorId.Cancelled };
}
