namespace Fred.Backends;

/// <summary>A Python that Fred can debug.</summary>
/// <param name="Path">The real executable, no shim.</param>
/// <param name="Version">Its version.</param>
public sealed record PythonInterpreter(string Path, Version Version);
