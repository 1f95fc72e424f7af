namespace Fred.Cli;

/// <summary>What <c>fred</c> returns to the shell; part of the user contract.</summary>
internal static class ExitCode
{
    /// <summary>The sitting ended as asked. Errors of single commands are shown where they happen and do not change this.</summary>
    public const int Ok = 0;

    /// <summary>Nothing was found (fred bisect).</summary>
    public const int NotFound = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>The program, or something Fred needs on this machine, could not do it.</summary>
    public const int Failed = 3;

    /// <summary>Chooses the code of a verb that an error ended.</summary>
    /// <param name="error">The error.</param>
    /// <returns><see cref="Usage"/> where the question makes no sense, else <see cref="Failed"/>.</returns>
    public static int Of(ErrorId error) => error is ErrorId.Usage or ErrorId.BadExpression or ErrorId.NeverEvaluable ? Usage : Failed;
}
