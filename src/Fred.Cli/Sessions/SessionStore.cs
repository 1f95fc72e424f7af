using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;

namespace Fred.Cli;

/// <summary>The saved sessions of this user: a directory each, readable by nobody else; or one file each, to be sent to somebody.</summary>
/// <remarks>
/// A session is written under a name that no list shows and moved to its own when it is complete, so that a full disk leaves nothing half. Whoever has one open holds a
/// shared lock on its session.json, which removing it needs alone.
/// </remarks>
/// <param name="root">The directory of all of them; made when first needed.</param>
internal sealed class SessionStore(string root)
{
    private const string ManifestName = "session.json";
    private const string Draft = ".";
    private const UnixFileMode PrivateDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The usual place: <c>$XDG_DATA_HOME/fred/sessions</c>, or below <c>~/.local/share</c>.</summary>
    /// <returns>The path; null without a home directory.</returns>
    public static string? DefaultPath()
    {
        var data = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
        var home = Environment.GetEnvironmentVariable("HOME");
        return !string.IsNullOrEmpty(data) ? Path.Combine(data, "fred", "sessions") : string.IsNullOrEmpty(home) ? null : Path.Combine(home, ".local", "share", "fred", "sessions");
    }

    /// <summary>Says that there must be a place for sessions.</summary>
    /// <param name="store">The place; null for none.</param>
    /// <returns>The place.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.SessionUnusable"/>.</exception>
    public static SessionStore Require(SessionStore? store) =>
        store ?? throw new FredException(ErrorId.SessionUnusable, "There is no place for saved sessions: set HOME or XDG_DATA_HOME.");

    /// <summary>Says where a session will be saved, and that it can be as far as that is known before.</summary>
    /// <param name="target">A name; with <paramref name="archive"/> a file.</param>
    /// <param name="archive">Whether to write one file.</param>
    /// <returns>The path, at which there is nothing.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>.</exception>
    public string PlaceFor(string target, bool archive)
    {
        var path = archive ? Path.GetFullPath(target.Length == 0 ? "." : target) : PathOf(target);
        if (Path.Exists(path))
        {
            throw new FredException(ErrorId.Usage, archive ? $"{path} exists. Choose another file." : $"There is a session '{target}' already. Choose another name, or remove it: fred session rm {target}.");
        }

        return !archive || Directory.Exists(Path.GetDirectoryName(path)) ? path : throw new FredException(ErrorId.Usage, $"There is no directory {Path.GetDirectoryName(path)}. Make it, or choose another file.");
    }

    /// <summary>Saves a sitting, which goes on.</summary>
    /// <param name="session">The sitting.</param>
    /// <param name="program">What it debugs, for people.</param>
    /// <param name="target">A name; with <paramref name="archive"/> a file.</param>
    /// <param name="archive">Whether to write one file instead of a directory among the others.</param>
    /// <param name="saved">The time.</param>
    /// <param name="ct">Cancels; nothing is left then.</param>
    /// <returns>What was written, and its bytes.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/> or <see cref="ErrorId.SessionUnusable"/>.</exception>
    public async Task<(string Path, long Bytes)> SaveAsync(DebugSession session, string program, string target, bool archive, DateTimeOffset saved, CancellationToken ct)
    {
        var final = PlaceFor(target, archive);
        var draft = Path.Combine(root, Draft + Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture));
        try
        {
            Directory.CreateDirectory(root, PrivateDirectory);
            Directory.CreateDirectory(draft, PrivateDirectory);
            var manifest = new SessionManifest(SessionManifest.CurrentFormat, program, saved, SessionManifest.ThisVersion, await session.SaveAsync(draft, ct).ConfigureAwait(false));
            await WriteManifestAsync(Path.Combine(draft, ManifestName), manifest, ct).ConfigureAwait(false);
            if (archive)
            {
                await PackAsync(draft, final, ct).ConfigureAwait(false);
            }
            else
            {
                Directory.Move(draft, final);
            }

            return (final, archive ? new FileInfo(final).Length : Size(final));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FredException(ErrorId.SessionUnusable, $"The session cannot be saved to {final}: {e.Message} Make room there, or choose another place.", e);
        }
        finally
        {
            Remove(draft);
        }
    }

    /// <summary>Lists the sessions, newest first.</summary>
    /// <returns>Name, manifest and bytes of each; a damaged one has no manifest.</returns>
    public IReadOnlyList<(string Name, SessionManifest? Manifest, long Bytes)> List()
    {
        var found = new List<(string Name, SessionManifest? Manifest, long Bytes)>();
        foreach (var path in Directory.Exists(root) ? Directory.EnumerateDirectories(root) : [])
        {
            if (Path.GetFileName(path) is { } name && !name.StartsWith(Draft, StringComparison.Ordinal))
            {
                found.Add((name, TryRead(path), Size(path)));
            }
        }

        return [.. found.OrderByDescending(s => s.Manifest?.Saved ?? DateTimeOffset.MinValue).ThenBy(s => s.Name, StringComparer.Ordinal)];
    }

    /// <summary>Opens a session for resuming; it cannot be removed while it is open.</summary>
    /// <param name="nameOrFile">A name, or a file written as archive.</param>
    /// <param name="ct">Cancels the unpacking.</param>
    /// <returns>The session; the caller disposes it after the sitting.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.NoSuchName"/> or <see cref="ErrorId.SessionUnusable"/>.</exception>
    public async Task<OpenedSession> OpenAsync(string nameOrFile, CancellationToken ct)
    {
        if (!File.Exists(nameOrFile) || (IsName(nameOrFile) && Directory.Exists(PathOf(nameOrFile))))
        {
            return Open(Existing(nameOrFile), temporary: null);
        }

        var unpacked = Path.Combine(root, Draft + Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture));
        try
        {
            Directory.CreateDirectory(root, PrivateDirectory);
            Directory.CreateDirectory(unpacked, PrivateDirectory);
            await UnpackAsync(nameOrFile, unpacked, ct).ConfigureAwait(false);
            return Open(unpacked, unpacked);
        }
        catch (Exception e)
        {
            Remove(unpacked);
            if (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                throw new FredException(ErrorId.SessionUnusable, $"{nameOrFile} is no saved session, or a damaged one: {e.Message}", e);
            }

            throw;
        }
    }

    /// <summary>Reads what is shown of a session.</summary>
    /// <param name="nameOrFile">A name, or a file written as archive.</param>
    /// <param name="ct">Cancels the unpacking.</param>
    /// <returns>The manifest and the bytes.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.NoSuchName"/> or <see cref="ErrorId.SessionUnusable"/>.</exception>
    public async Task<(SessionManifest Manifest, long Bytes)> ShowAsync(string nameOrFile, CancellationToken ct)
    {
        using var opened = await OpenAsync(nameOrFile, ct).ConfigureAwait(false);
        return (opened.Manifest, opened.IsUnpacked ? new FileInfo(nameOrFile).Length : Size(opened.Path));
    }

    /// <summary>Removes a session.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="force">Also one that somebody has open.</param>
    /// <exception cref="FredException"><see cref="ErrorId.NoSuchName"/>, or <see cref="ErrorId.SessionUnusable"/> while somebody has it open.</exception>
    public void Remove(string name, bool force)
    {
        var path = Existing(name);
        try
        {
            var manifest = Path.Combine(path, ManifestName);
            using var alone = File.Exists(manifest) && !force ? new FileStream(manifest, FileMode.Open, FileAccess.ReadWrite, FileShare.None) : null;
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FredException(ErrorId.SessionUnusable, $"The session '{name}' cannot be removed; perhaps it is open in another fred: {e.Message} --force removes it all the same.", e);
        }
    }

    private static async Task WriteManifestAsync(string path, SessionManifest manifest, CancellationToken ct)
    {
        var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = PrivateFile });
        await using (file.ConfigureAwait(false))
        {
            await JsonSerializer.SerializeAsync(file, manifest, SessionJson.Default.SessionManifest, ct).ConfigureAwait(false);
        }
    }

    private static async Task PackAsync(string directory, string archive, CancellationToken ct)
    {
        try
        {
            var file = new FileStream(archive, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = PrivateFile });
            await using (file.ConfigureAwait(false))
            {
                var zip = new GZipStream(file, CompressionLevel.Fastest);
                await using (zip.ConfigureAwait(false))
                {
                    await TarFile.CreateFromDirectoryAsync(directory, zip, includeBaseDirectory: false, ct).ConfigureAwait(false);
                }
            }
        }
        catch
        {
            File.Delete(archive);
            throw;
        }
    }

    private static async Task UnpackAsync(string archive, string directory, CancellationToken ct)
    {
        var file = File.OpenRead(archive);
        await using (file.ConfigureAwait(false))
        {
            var zip = new GZipStream(file, CompressionMode.Decompress);
            await using (zip.ConfigureAwait(false))
            {
                await TarFile.ExtractToDirectoryAsync(zip, directory, overwriteFiles: false, ct).ConfigureAwait(false);
            }
        }
    }

    private static OpenedSession Open(string path, string? temporary)
    {
        var manifest = Read(path);
        return new OpenedSession(path, manifest, new FileStream(Path.Combine(path, ManifestName), FileMode.Open, FileAccess.Read, FileShare.Read), temporary);
    }

    private static SessionManifest? TryRead(string path)
    {
        try
        {
            return Read(path);
        }
        catch (FredException)
        {
            return null;
        }
    }

    private static SessionManifest Read(string path)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(path, ManifestName)), SessionJson.Default.SessionManifest);
            return manifest is { Format: SessionManifest.CurrentFormat, Session: not null }
                ? manifest
                : throw new FredException(ErrorId.SessionUnusable, $"The session in {path} was saved by another version of Fred ({manifest?.FredVersion ?? "unknown"}, this is {SessionManifest.ThisVersion}). Resume it with that one.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new FredException(ErrorId.SessionUnusable, $"The session in {path} is damaged: {e.Message}", e);
        }
    }

    private static long Size(string path) => new DirectoryInfo(path).EnumerateFiles().Sum(f => f.Length);

    private static void Remove(string directory)
    {
        try
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Hidden from lists; the user's files are not ours to fight for.
        }
    }

    private static bool IsName(string name) => name.Length > 0 && char.IsLetterOrDigit(name[0]) && name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.');

    private string PathOf(string name) =>
        IsName(name)
            ? Path.Combine(root, name)
            : throw new FredException(ErrorId.Usage, $"'{name}' is no name for a session. Use letters, digits, '-', '_' and '.', beginning with a letter or digit.");

    private string Existing(string name)
    {
        var path = PathOf(name);
        return Directory.Exists(path) ? path : throw new FredException(ErrorId.NoSuchName, $"There is no saved session '{name}'. 'fred session list' shows those there are.");
    }

    /// <summary>A session that is open: locked against removal.</summary>
    internal sealed class OpenedSession(string path, SessionManifest manifest, FileStream held, string? temporary) : IDisposable
    {
        /// <summary>Gets its directory, which holds the recordings.</summary>
        public string Path { get; } = path;

        /// <summary>Gets its manifest.</summary>
        public SessionManifest Manifest { get; } = manifest;

        /// <summary>Gets a value indicating whether it was unpacked from an archive.</summary>
        public bool IsUnpacked => temporary is not null;

        /// <summary>Releases it; what was unpacked for it is removed.</summary>
        public void Dispose()
        {
            held.Dispose();
            if (temporary is not null)
            {
                Remove(temporary);
            }
        }
    }
}
