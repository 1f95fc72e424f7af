namespace Fred.TestKit;

/// <summary>An error the scripted language itself raises (an unknown name, a division by zero, text that does not parse).</summary>
public sealed class ScriptException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="ScriptException"/> class.</summary>
    /// <param name="message">As Python would say it: <c>NameError: name 'x' is not defined</c>.</param>
    public ScriptException(string message)
        : base(message)
    {
    }
}
