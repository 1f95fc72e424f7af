namespace Fred.Dap;

/// <summary>A choice of exception types: the condition of an exception filter, such as <c>ValueError, app.errors.Broken</c> or <c>!KeyError</c>.</summary>
/// <param name="Only">Names of types, short or qualified, that count with all types derived from them; empty for all.</param>
/// <param name="Never">Names of types that do not count, nor those derived from them.</param>
internal sealed record ExceptionTypes(IReadOnlyList<string> Only, IReadOnlyList<string> Never)
{
    // These end loops and generators; who wants to see them names them.
    private static readonly string[] Quiet = ["StopIteration", "StopAsyncIteration", "GeneratorExit"];

    /// <summary>Reads a condition; none means all types except those that only end loops and generators.</summary>
    /// <exception cref="DapRequestException">It is no list of names.</exception>
    public static ExceptionTypes Parse(string? text)
    {
        string[] words = (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string[] only = [.. words.Where(word => word[0] != '!')];
        string[] never = [.. words.Where(word => word[0] == '!').Select(word => word[1..].Trim())];
        string? wrong = only.Concat(never).FirstOrDefault(name => name.Length == 0 || !name.All(c => char.IsLetterOrDigit(c) || c is '_' or '.' or ':'));
        return wrong is null
            ? new ExceptionTypes(only, only.Length == 0 ? [.. never, .. Quiet] : never)
            : throw new DapRequestException($"'{wrong}' is no name of an exception type. Write names with commas between them, '!' before those to leave out: 'ValueError, !KeyError'.");
    }

    /// <summary>Whether an exception is of these types.</summary>
    public bool Match(ExceptionMet exception) =>
        (Only.Count == 0 || exception.Names.Intersect(Only).Any()) && !exception.Names.Intersect(Never).Any();
}

/// <summary>The exception filters that are switched on, and the breakpoints of the session that raised exceptions are met at.</summary>
/// <remarks>Replaced by the client at any time; readers take each value once.</remarks>
internal sealed class ExceptionFilters
{
    private readonly IReadOnlyList<Breakpoint> _points;
    private volatile ExceptionTypes? _raised;
    private volatile ExceptionTypes? _uncaught = ExceptionTypes.Parse(null);

    /// <summary>Initializes a new instance of the <see cref="ExceptionFilters"/> class.</summary>
    /// <param name="raise">Number of the breakpoint on statements that raise.</param>
    /// <param name="handler">Number of the breakpoint on handlers.</param>
    public ExceptionFilters(int raise, int handler)
    {
        var nowhere = new SourceLocation("", 0);
        _points = [new Breakpoint(raise, nowhere) { Kind = BreakpointKind.Raise }, new Breakpoint(handler, nowhere) { Kind = BreakpointKind.Handler }];
    }

    /// <summary>Gets or sets which exceptions stop where they are raised; null for none.</summary>
    public ExceptionTypes? Raised
    {
        get => _raised;
        set => _raised = value;
    }

    /// <summary>Gets or sets which exceptions stop when they end the program; null for none: then that is only the program's end.</summary>
    public ExceptionTypes? Uncaught
    {
        get => _uncaught;
        set => _uncaught = value;
    }

    /// <summary>Gets the breakpoints the session needs.</summary>
    public IReadOnlyList<Breakpoint> Points => Raised is null ? [] : _points;

    /// <summary>Whether a breakpoint's number is one of these.</summary>
    public bool IsPoint(int id) => _points.Any(point => point.Id == id);
}
