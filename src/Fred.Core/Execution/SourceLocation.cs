namespace Fred.Core;

/// <summary>A place in a source file.</summary>
/// <param name="File">Absolute path, or a pseudo name such as <c>&lt;string&gt;</c>.</param>
/// <param name="Line">1-based line.</param>
public sealed record SourceLocation(string File, int Line);
