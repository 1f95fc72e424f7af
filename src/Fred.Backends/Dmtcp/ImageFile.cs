using System.Text;
using Fred.Core;

namespace Fred.Backends;

/// <summary>An image on disk, as far as it can be judged without starting it.</summary>
internal static class ImageFile
{
    private const int Smallest = 8192;

    private static ReadOnlySpan<byte> Magic => "DMTCP_CHECKPOINT_IMAGE"u8;

    /// <summary>Checks that a file can be an image.</summary>
    /// <param name="path">The file.</param>
    /// <param name="size">Its bytes when it was written; null when that is not known.</param>
    /// <exception cref="FredException"><see cref="ErrorId.CheckpointLost"/>: it is missing, cut off or something else.</exception>
    public static void Check(string path, long? size = null)
    {
        try
        {
            using var file = File.OpenRead(path);
            Span<byte> start = stackalloc byte[Magic.Length];
            if (file.Length < Smallest || file.Length < size)
            {
                throw new FredException(ErrorId.CheckpointLost, $"The image {path} is damaged: it has {file.Length} bytes{(size is null ? string.Empty : $" where {size} were written")}.");
            }

            file.ReadExactly(start);
            if (!start.SequenceEqual(Magic))
            {
                throw new FredException(ErrorId.CheckpointLost, $"The image {path} is damaged: it does not begin like one.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FredException(ErrorId.CheckpointLost, $"The image {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The last that DMTCP said.</summary>
    /// <param name="log">Its messages.</param>
    /// <returns>A sentence; empty when it said nothing.</returns>
    public static string Tail(string log)
    {
        try
        {
            var text = File.ReadAllText(log, Encoding.UTF8).Trim();
            return text.Length == 0 ? string.Empty : $"DMTCP said: {text[^Math.Min(text.Length, 300)..].ReplaceLineEndings(" ")}";
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }
}
