namespace Fred.Backends;

/// <summary>What a command came to.</summary>
/// <param name="Class">done, running, connected, error or exit.</param>
/// <param name="Results">What gdb says.</param>
/// <param name="Console">What it printed meanwhile.</param>
/// <param name="Events">What happened meanwhile, in order.</param>
internal sealed record MiReply(string Class, MiValue.Tuple Results, string Console, IReadOnlyList<MiRecord.Async> Events)
{
    /// <summary>Gets a value indicating whether gdb refused.</summary>
    public bool IsError => Class == "error";

    /// <summary>Gets why it refused; empty when it did not.</summary>
    public string Error => IsError ? Results.FindText("msg") ?? "gdb gave no reason" : string.Empty;
}
