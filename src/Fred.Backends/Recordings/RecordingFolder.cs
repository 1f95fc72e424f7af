using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Recordings outside a session: one log a branch, how the program was started, and its environment.</summary>
/// <remarks>
/// What is hard about replaying in another process tree: the first bytes of the program's memory are its arguments and environment, so these are kept to the byte and in
/// order; and the files it maps are not in the log, so their identity is. What still differs shows as a divergence at the first arrival, never as a wrong value.
/// </remarks>
/// <param name="path">The directory.</param>
internal sealed class RecordingFolder(string path)
{
    private const string LaunchName = "launch.json";
    private const string ShortestParent = "/tmp";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Gets the file of the program's environment: NAME=VALUE, each followed by a zero byte.</summary>
    public string EnvironmentPath => System.IO.Path.Combine(path, "environment");

    /// <summary>Gets the log of a branch.</summary>
    /// <param name="branch">The branch.</param>
    public string LogPath(BranchId branch) => System.IO.Path.Combine(path, SessionDirectory.LogName(branch));

    /// <summary>The session's socket as a replay has to name it: as long as it was, because the name lies in the program's memory.</summary>
    /// <param name="path">Where the socket is.</param>
    /// <returns>The same place with slashes that mean nothing.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.SessionUnusable"/>: the path is longer than the recorded one.</exception>
    public string SocketPath(string path)
    {
        var recorded = RecordedSocketLength();
        var missing = recorded - Encoding.UTF8.GetByteCount(path);
        return missing >= 0
            ? path.Insert(path.LastIndexOf('/'), new string('/', missing))
            : throw new FredException(ErrorId.SessionUnusable, $"The session's directory {Path.GetDirectoryName(path)} has a longer name than that of the recording, and names are part of a program's memory. Set TMPDIR to a directory with a name {-missing} bytes shorter.");
    }

    /// <summary>Writes the recordings of a living session.</summary>
    /// <param name="host">The session.</param>
    /// <param name="launch">How the program was started; its files are filled in here.</param>
    /// <param name="pid">A process of the program.</param>
    /// <param name="branches">Which branches.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Done when all is on disk.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.SessionUnusable"/>: it cannot be written.</exception>
    public async Task WriteAsync(AgentHost host, RecordedLaunch launch, int pid, IReadOnlyList<BranchId> branches, CancellationToken ct)
    {
        try
        {
            var files = RecordedFile.MappedInto(pid).Where(p => !p.StartsWith(host.Directory.Path, StringComparison.Ordinal)).Select(RecordedFile.Of).OfType<RecordedFile>();
            await WriteFileAsync(System.IO.Path.Combine(path, LaunchName), JsonSerializer.SerializeToUtf8Bytes(launch with { Files = [.. files] }, RecordingJson.Default.RecordedLaunch), ct).ConfigureAwait(false);
            await WriteFileAsync(EnvironmentPath, await File.ReadAllBytesAsync($"/proc/{pid}/environ", ct).ConfigureAwait(false), ct).ConfigureAwait(false);
            foreach (var branch in branches)
            {
                await CopyLogAsync(host, branch, ct).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FredException(ErrorId.SessionUnusable, $"The recording cannot be written to {path}: {e.Message} Make room there, or choose another place.", e);
        }
    }

    /// <summary>Reads how the program was started.</summary>
    /// <returns>The launch, not checked.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.SessionUnusable"/>.</exception>
    public RecordedLaunch Read()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(System.IO.Path.Combine(path, LaunchName)), RecordingJson.Default.RecordedLaunch) ?? throw new JsonException("It is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new FredException(ErrorId.SessionUnusable, $"{path} holds no recording that can be read: {e.Message}", e);
        }
    }

    /// <summary>Reads how the program was started, and checks that it can be replayed here.</summary>
    /// <param name="backend">The backend that is to replay it.</param>
    /// <returns>The launch.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.SessionUnusable"/>; the message names the difference.</exception>
    public RecordedLaunch Open(string backend)
    {
        var launch = Read();
        if (launch.Format != RecordedLaunch.CurrentFormat || launch.Backend != backend)
        {
            throw new FredException(ErrorId.SessionUnusable, $"The recording in {path} was made by another version of Fred (form {launch.Format}, {launch.Backend}). Resume it with that version.");
        }

        if (launch.Architecture != Architecture)
        {
            throw new FredException(ErrorId.SessionUnusable, $"The recording was made on a machine of another kind ({launch.Architecture}, this is {Architecture}).");
        }

        if (!File.Exists(EnvironmentPath) || !File.Exists(LogPath(BranchId.Main)))
        {
            throw new FredException(ErrorId.SessionUnusable, $"The recording in {path} is incomplete.");
        }

        foreach (var file in launch.Files)
        {
            if (RecordedFile.Of(file.Path) != file)
            {
                var how = File.Exists(file.Path) ? "is not the one" : "is not here, but was";
                throw new FredException(
                    ErrorId.SessionUnusable, $"{file.Path} {how} in the program's memory when it was recorded ({file.Identity}). A recording is replayed with the very same files: resume it on the machine or in the container image of the recording.");
            }
        }

        return launch;
    }

    /// <summary>Starts a session whose branches have the logs of this recording.</summary>
    /// <param name="describe">What to launch, given the session's directory.</param>
    /// <param name="ct">Cancels the start; nothing is left then.</param>
    /// <returns>The session; the caller disposes it.</returns>
    public async Task<AgentHost> StartHostAsync(Func<SessionDirectory, LaunchSpec> describe, CancellationToken ct)
    {
        var parent = Encoding.UTF8.GetByteCount(SessionDirectory.SocketPathIn(System.IO.Path.GetTempPath())) <= RecordedSocketLength() ? null : ShortestParent;
        var host = await AgentHost.StartAsync(describe, ct, parent).ConfigureAwait(false);
        try
        {
            foreach (var log in Directory.EnumerateFiles(path, SessionDirectory.LogName(default)[..^1] + "*"))
            {
                File.CreateSymbolicLink(System.IO.Path.Combine(host.Directory.Path, System.IO.Path.GetFileName(log)), System.IO.Path.GetFullPath(log));
            }

            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Gets this machine's architecture, as recordings name it.</summary>
    public static string Architecture => RuntimeInformation.OSArchitecture.ToString();

    private int RecordedSocketLength()
    {
        var environment = File.ReadAllBytes(EnvironmentPath).AsSpan();
        var start = environment.IndexOf("FRED_SOCKET="u8);
        if (start < 0)
        {
            throw new FredException(ErrorId.SessionUnusable, $"The recording in {path} is damaged: its environment is not that of a recorded program.");
        }

        var value = environment[(start + "FRED_SOCKET=".Length)..];
        var end = value.IndexOf((byte)0);
        return end < 0 ? value.Length : end;
    }

    private static async Task WriteFileAsync(string file, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        var stream = Create(file);
        await using (stream.ConfigureAwait(false))
        {
            await stream.WriteAsync(content, ct).ConfigureAwait(false);
        }
    }

    private static FileStream Create(string file) =>
        new(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Private, Options = FileOptions.Asynchronous });

    /// <summary>A stopped head has its whole log in the file; one that was killed leaves the end of it in the control page.</summary>
    private async Task CopyLogAsync(AgentHost host, BranchId branch, CancellationToken ct)
    {
        var source = new FileStream(host.Directory.LogPath(branch), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        await using (source.ConfigureAwait(false))
        {
            var target = Create(LogPath(branch));
            await using (target.ConfigureAwait(false))
            {
                await source.CopyToAsync(target, ct).ConfigureAwait(false);
                await target.WriteAsync(host.Page.ReadTail(target.Length), ct).ConfigureAwait(false);
            }
        }
    }
}
