using Fred.Core;

namespace Fred.Backends;

/// <summary>Finds the tick of a process by replaying from a known place until a replica is in the same state: registers and all writable memory.</summary>
/// <param name="host">The session.</param>
/// <param name="space">What all processes of the program share.</param>
/// <param name="log">The recording.</param>
internal sealed class StateSearch(AgentHost host, NativeSpace space, string log)
{
    /// <summary>Makes a replica.</summary>
    /// <param name="parked">From this checkpoint.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The replica; the caller disposes it.</returns>
    public async Task<NativeProcess> ReplicateAsync(ParkedProcess parked, CancellationToken ct)
    {
        var slot = host.Page.Take();
        Arrival arrival;
        try
        {
            arrival = await host.ForkAsync(parked.Connection, token => AgentCommand.ForkReplica(token, slot, log), ct).ConfigureAwait(false);
        }
        catch (FredException)
        {
            host.Page.Return(slot);
            throw;
        }

        return await NativeProcess.OpenAsync(space, host, arrival, slot, live: false, string.Empty, ct).ConfigureAwait(false);
    }

    /// <summary>Copies of a replica on its way are this many instructions apart: some hundredths of a second.</summary>
    private const long Leg = 50_000_000;

    /// <summary>Runs a replica until it is in the state of another process.</summary>
    /// <param name="replica">At or before that state.</param>
    /// <param name="pid">The other process; it stays stopped.</param>
    /// <param name="registers">Of the other process.</param>
    /// <param name="limit">It must come before this tick.</param>
    /// <param name="onTheWay">Called where the replica stands now and then on its way there; null for never.</param>
    /// <param name="ct">The replica is killed.</param>
    /// <returns>Its tick. The replica stands there.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ReplayDiverged"/>: it did not come.</exception>
    public async Task<long> FindAsync(NativeProcess replica, int pid, ReadOnlyMemory<byte> registers, long limit, Func<NativeProcess, Task>? onTheWay, CancellationToken ct)
    {
        var from = replica.Halt.Tick;
        await replica.SeekAsync(pid, registers).ConfigureAwait(false);
        AgentMessage.Halted halt;
        while (true)
        {
            var leg = onTheWay is null ? limit : Math.Min(limit, replica.Halt.Tick + Leg);
            halt = await replica.RunAsync(new NativeRun { Match = true, Limit = leg }, ct).ConfigureAwait(false);
            if (halt.Reason == AgentMessage.Halted.Found)
            {
                return halt.Tick;
            }

            if (onTheWay is null || halt.Tick != leg || leg == limit)
            {
                break;
            }

            await onTheWay(replica).ConfigureAwait(false);
        }

        if (halt.Reason is "unsupported" or "diverged" && halt.Detail.Length > 0)
        {
            throw new FredException(
                ErrorId.ReplayDiverged,
                $"A replay from tick {from - space.Offset} cannot go on at tick {halt.Tick - space.Offset}: {halt.Detail}. What lies between that checkpoint and the next stop cannot be shown; what came before and after can. "
                + "`--head translated` stops the program where it cannot be followed any more, with its history up to there.");
        }

        var difference = halt.Detail.Split(' ') is [_, _, var address] && address != "0" ? $" The memory at {address} was the last to differ." : string.Empty;
        throw new FredException(
            ErrorId.ReplayDiverged,
            $"A replay from tick {from - space.Offset} did not come to the state in which the program was found later: something reached it that Fred does not record.{difference} "
            + "What lies between cannot be shown; what came before and after can. `--head translated` records more, at the price of a slower program.");
    }
}
