using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>An image in a recording: a state of the first branch.</summary>
/// <param name="File">Its name in the directory.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Tick">Where in time.</param>
/// <param name="Event">Of the fingerprint.</param>
/// <param name="LogPosition">Of the fingerprint.</param>
/// <param name="Depth">Of the fingerprint.</param>
internal sealed record KeptImage(string File, long Size, long Tick, long Event, long LogPosition, int Depth);

/// <summary>The images of a recording: with them it is resumed at any of its states, and not replayed from its start.</summary>
/// <param name="path">The recording's directory.</param>
internal sealed partial class KeptImages(string path)
{
    private const string ListName = "images.json";

    /// <summary>Gets a value indicating whether the recording has images.</summary>
    public bool Exist => File.Exists(Path.Combine(path, ListName));

    /// <summary>Keeps images.</summary>
    /// <param name="images">Which; their files stay where they are.</param>
    /// <exception cref="FredException"><see cref="ErrorId.SessionUnusable"/>: they cannot be written.</exception>
    public void Write(IReadOnlyList<(Checkpoint Checkpoint, string Path)> images)
    {
        try
        {
            var kept = new List<KeptImage>();
            foreach (var (checkpoint, image) in images.OrderBy(i => i.Checkpoint.At))
            {
                var name = FormattableString.Invariant($"image-{checkpoint.At.Value}.dmtcp");
                if (kept.Count > 0 && kept[^1].Tick == checkpoint.At.Value)
                {
                    continue;
                }

                // An image is not changed any more, so a second name will do where that is possible.
                if (Link(image, Path.Combine(path, name)) != 0)
                {
                    File.Copy(image, Path.Combine(path, name));
                }

                var seen = checkpoint.Fingerprint;
                kept.Add(new KeptImage(name, new FileInfo(image).Length, checkpoint.At.Value, seen.Event, seen.LogPosition, seen.Depth));
            }

            File.WriteAllBytes(Path.Combine(path, ListName), JsonSerializer.SerializeToUtf8Bytes(kept, KeptImagesJson.Default.ListKeptImage));
            File.SetUnixFileMode(Path.Combine(path, ListName), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FredException(ErrorId.SessionUnusable, $"The images cannot be written to {path}: {e.Message} Make room there, or choose another place.", e);
        }
    }

    /// <summary>Reads which images there are.</summary>
    /// <returns>In time order; the first is the beginning of the program.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.ImageUnusable"/>: they are damaged or incomplete.</exception>
    public IReadOnlyList<KeptImage> Read()
    {
        try
        {
            var kept = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(path, ListName)), KeptImagesJson.Default.ListKeptImage) ?? [];
            if (kept.Count == 0 || kept[0].Tick != 0)
            {
                throw new FredException(ErrorId.ImageUnusable, $"The recording in {path} has no image of the program's beginning.");
            }

            foreach (var image in kept)
            {
                ImageFile.Check(Path.Combine(path, image.File), image.Size);
            }

            return kept;
        }
        catch (Exception e) when (e is IOException or JsonException or FredException { Id: ErrorId.CheckpointLost })
        {
            throw new FredException(ErrorId.ImageUnusable, $"The recording in {path} cannot be resumed: {e.Message}", e);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);
}

/// <summary>Source-generated serializer.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(List<KeptImage>))]
internal sealed partial class KeptImagesJson : JsonSerializerContext;
