namespace Fred.Cli;

/// <summary>A file that the user named for the answer of a verb.</summary>
internal static class AnswerFile
{
    /// <summary>Creates it, empty; an older one is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <returns>To be written to and disposed by the caller.</returns>
    /// <exception cref="FredException">It cannot be created.</exception>
    public static FileStream Create(string path) => Try(path, () => File.Create(path));

    /// <summary>Writes it as a whole; an older one is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes what is to be in it.</param>
    /// <exception cref="FredException">It cannot be created or written to.</exception>
    public static void Write(string path, Action<Stream> write) => Try(path, () =>
    {
        using var stream = File.Create(path);
        write(stream);
        return true;
    });

    private static T Try<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FredException(ErrorId.Usage, $"The answer cannot be written to '{path}': {error.Message}", error);
        }
    }
}
