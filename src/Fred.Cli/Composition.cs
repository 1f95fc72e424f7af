namespace Fred.Cli;

/// <summary>Puts the real parts together: the only place that knows backends by type.</summary>
internal static class Composition
{
    /// <summary>Makes the backend for a Python program; nothing is started yet.</summary>
    /// <param name="arguments">The command line.</param>
    /// <returns>The backend; the sitting disposes it.</returns>
    public static IBackend MakePython(PythonArguments arguments) =>
        throw new FredException(ErrorId.Unsupported, "This build has no Python backend.");
}
