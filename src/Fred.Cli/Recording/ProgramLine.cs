namespace Fred.Cli;

/// <summary>Reads the program to debug as it stands behind <c>--</c>: <c>python prog.py args</c>, <c>/usr/bin/python3.11 -m mod args</c>, <c>prog.py args</c>, <c>./prog args</c>.</summary>
/// <remarks>What is neither Python nor one of its files is a native program; whether it can be debugged is the backend's to say.</remarks>
internal static class ProgramLine
{
    /// <summary>Reads the words behind <c>--</c>.</summary>
    /// <param name="words">The program as it would be run without fred.</param>
    /// <param name="python">What <c>--python</c> says; it wins over the word on the line. Null for nothing.</param>
    /// <param name="gdb">What <c>--gdb</c> says: the program is a native one, whatever it is called. Null for nothing.</param>
    /// <returns>The program; other members have their defaults.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Usage"/>: there is no program, or it cannot be both Python's and native.</exception>
    public static PythonArguments Read(IReadOnlyList<string> words, string? python, string? gdb)
    {
        if (python is not null && gdb is not null)
        {
            throw new FredException(ErrorId.Usage, "--python is for Python programs and --gdb for native ones; give one of them.");
        }

        if (words.Count == 0)
        {
            throw new FredException(ErrorId.Usage, "Which program? Give it behind '--', as you would run it: -- python prog.py args, or -- ./prog args.");
        }

        if (gdb is null && IsPython(words[0]))
        {
            return ReadPython(words, python ?? Interpreter(words[0]));
        }

        return gdb is null && (python is not null || words[0].EndsWith(".py", StringComparison.Ordinal))
            ? new PythonArguments { Python = python, Script = words[0], ProgramArguments = [.. words.Skip(1)] }
            : new PythonArguments { Native = words[0], Gdb = gdb, ProgramArguments = [.. words.Skip(1)] };
    }

    private static PythonArguments ReadPython(IReadOnlyList<string> words, string? python)
    {
        var environment = new Dictionary<string, string>();
        for (var i = 1; i < words.Count; i++)
        {
            switch (words[i])
            {
                case "-u":
                    environment["PYTHONUNBUFFERED"] = "1";
                    break;
                case "-B":
                    environment["PYTHONDONTWRITEBYTECODE"] = "1";
                    break;
                case "-m" when i + 1 < words.Count:
                    return new PythonArguments { Python = python, Module = words[i + 1], ProgramArguments = [.. words.Skip(i + 2)], Environment = environment };
                case ['-', ..]:
                    throw new FredException(ErrorId.Usage, $"Python's option '{words[i]}' is not possible here; of its own options there are -m, -u and -B.");
                default:
                    return new PythonArguments { Python = python, Script = words[i], ProgramArguments = [.. words.Skip(i + 1)], Environment = environment };
            }
        }

        throw new FredException(ErrorId.Usage, $"Which program is '{string.Join(' ', words)}' to run? Give its file, or -m and a module.");
    }

    /// <summary>python, python3, python3.11, python3.13t, also with a directory.</summary>
    private static bool IsPython(string word)
    {
        var name = Path.GetFileName(word);
        return name.StartsWith("python", StringComparison.Ordinal) && name[6..].All(c => char.IsAsciiDigit(c) || c is '.' or 't' or 'd');
    }

    /// <summary>python3 is what fred takes anyway; a bare "python" means the same where there is no python, as on Debian.</summary>
    private static string? Interpreter(string word)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? string.Empty;
        return word == "python3" ? null : word != "python" || path.Split(':').Any(directory => File.Exists(Path.Combine(directory, word))) ? word : null;
    }
}
