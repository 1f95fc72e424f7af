namespace Fred.Backends;

/// <summary>A kept recording, seen from outside.</summary>
public static class SavedRecording
{
    /// <summary>Says which backend made it.</summary>
    /// <param name="path">Its directory.</param>
    /// <returns>The backend's name.</returns>
    /// <exception cref="Core.FredException"><see cref="Core.ErrorId.SessionUnusable"/>: it cannot be read.</exception>
    public static string BackendOf(string path) => new RecordingFolder(path).Read().Backend;
}
