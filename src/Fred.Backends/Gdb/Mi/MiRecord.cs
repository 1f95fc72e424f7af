namespace Fred.Backends;

/// <summary>One line of gdb's machine interface.</summary>
internal abstract record MiRecord
{
    private MiRecord()
    {
    }

    /// <summary>The answer to a command (<c>^done</c>, <c>^error</c>, <c>^running</c>, <c>^connected</c>, <c>^exit</c>).</summary>
    /// <param name="Token">The number given with the command; null when gdb gave none back.</param>
    /// <param name="Class">Without its mark.</param>
    /// <param name="Results">What it says.</param>
    public sealed record Result(long? Token, string Class, MiValue.Tuple Results) : MiRecord;

    /// <summary>Something that happened (<c>*stopped</c>, <c>=breakpoint-modified</c>, <c>+download</c>).</summary>
    /// <param name="Kind">The mark: <c>*</c>, <c>=</c> or <c>+</c>.</param>
    /// <param name="Class">What happened.</param>
    /// <param name="Results">More about it.</param>
    public sealed record Async(char Kind, string Class, MiValue.Tuple Results) : MiRecord;

    /// <summary>Text for people.</summary>
    /// <param name="Kind"><c>~</c> console, <c>@</c> the program, <c>&amp;</c> log.</param>
    /// <param name="Text">Decoded.</param>
    public sealed record Stream(char Kind, string Text) : MiRecord;

    /// <summary>gdb waits for a command.</summary>
    public sealed record Prompt : MiRecord;
}
