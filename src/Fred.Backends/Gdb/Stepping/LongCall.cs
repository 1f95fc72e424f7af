namespace Fred.Backends;

/// <summary>A call that goes on and on while one steps over it: the live program is left to run at full speed until it has returned.</summary>
/// <remarks>
/// Steps are run by the translator, which counts and sees every line. A call that is stepped over needs neither; only where it ends must be found again. That is where it returns to, unless it is left by a jump:
/// so the functions that make such jumps stop it, too, and from there on it is translated again.
/// </remarks>
/// <param name="process">The head, stopped and located.</param>
/// <param name="callee">Finds the frame that was called by the one whose stack pointer was this.</param>
/// <param name="resume">Runs with the user's breakpoints and these addresses of ours.</param>
internal sealed class LongCall(NativeProcess process, Func<ulong, Task<NativeFrame?>> callee, Func<NativeRun, IReadOnlyList<ulong>, Task<AgentMessage.Halted>> resume)
{
    /// <summary>So many instructions are translated before a call counts as long: a few hundredths of a second.</summary>
    public const long Patience = 20_000_000;

    private static readonly HashSet<string> Jumps =
        ["longjmp", "_longjmp", "siglongjmp", "__longjmp_chk", "setcontext", "swapcontext", "_Unwind_RaiseException", "_Unwind_Resume", "_Unwind_Resume_or_Rethrow", "_Unwind_ForcedUnwind"];

    /// <summary>Runs until the call is over, as far as that can be told.</summary>
    /// <param name="floor">The stack pointer of the frame that is stepped.</param>
    /// <returns>Null when the step goes on here; else the stop that has ended it.</returns>
    public async Task<AgentMessage.Halted?> RunAsync(ulong floor)
    {
        if (await callee(floor).ConfigureAwait(false) is not { ReturnTo: { } back } frame)
        {
            return null;
        }

        await process.Ticks.MarkAsync(process).ConfigureAwait(false);
        ulong[] ours = [back, .. process.Space.Modules.Modules.SelectMany(m => m.Functions.Where(f => Jumps.Contains(f.Name)).Select(f => f.Start + m.Bias)).Distinct()];
        while (true)
        {
            var halt = await resume(new NativeRun { Breakpoints = true }, ours).ConfigureAwait(false);
            if (halt.Reason != "breakpoint" || !halt.Ids.All(GdbSession.IsOurs))
            {
                return halt;
            }

            if (halt.Pc != back || halt.Sp >= frame.Address)
            {
                await process.SettleAsync().ConfigureAwait(false);
                return null;
            }
        }
    }
}
