using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <content>What is restored from disk comes back as a parked fork.</content>
internal sealed partial class ImageEngine
{
    private async Task ReadBackAsync(Image image, CancellationToken ct)
    {
        await _restoring.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (!_forks.Has(image.Checkpoint))
            {
                var parked = await ParkedProcess.OpenAsync(_host(), await RestartAsync(image, ct).ConfigureAwait(false), _kind, ct).ConfigureAwait(false);
                await _kind.ReturnAsync(parked, image.Checkpoint.At).ConfigureAwait(false);
                _forks.Adopt(image.Checkpoint, parked);
                await ThinForksAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _restoring.Release();
        }
    }

    /// <summary>Starts the image. The process that DMTCP restarts makes a copy of itself, which comes, and ends.</summary>
    private async Task<Arrival> RestartAsync(Image image, CancellationToken ct)
    {
        ImageFile.Check(image.Path);
        var host = _host();
        var (token, arrival) = host.Arrivals.Expect();
        try
        {
            var pid = await host.StartHelperAsync(
                [
                    $"FRED_SOCKET={host.Directory.SocketPath}", $"FRED_PAGE={host.Page.Path}", string.Create(CultureInfo.InvariantCulture, $"FRED_TOKEN={token}"),
                    $"JALIB_STDERR_PATH={host.Directory.DmtcpLogPath}", $"DMTCP_TMPDIR={host.Directory.Path}", "LD_PRELOAD=", // which a resumed session's environment has
                    _tools().Restart, "-q", "-q", "--no-strict-checking", "--new-coordinator", "-p", "0", "--tmpdir", host.Directory.Path, image.Path,
                ],
                ct).ConfigureAwait(false);
            var limit = Limit(new FileInfo(image.Path).Length);
            var exited = host.Processes.WhenExitedAsync(pid);
            if (await Task.WhenAny(arrival, exited).WaitAsync(limit, ct).ConfigureAwait(false) == exited && (await exited.ConfigureAwait(false))?.ExitCode != 0)
            {
                throw new FredException(ErrorId.CheckpointLost, $"The image at tick {image.Checkpoint.At} could not be restarted: {(await exited.ConfigureAwait(false))?.ToString() ?? "the session ended"}. {ImageFile.Tail(host.Directory.DmtcpLogPath)}");
            }

            return await arrival.WaitAsync(limit, ct).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new FredException(ErrorId.CheckpointLost, $"The image at tick {image.Checkpoint.At} was not restarted in time. {ImageFile.Tail(host.Directory.DmtcpLogPath)}", e);
        }
        finally
        {
            host.Arrivals.Withdraw(token);
        }
    }
}
