namespace Fred.Dap;

/// <summary>Expressions, the debug console and completion.</summary>
internal sealed class EvaluateHandlers
{
    private readonly Sitting _sitting;
    private readonly DebugConsole _console;

    /// <summary>Initializes a new instance of the <see cref="EvaluateHandlers"/> class.</summary>
    public EvaluateHandlers(Sitting sitting, DapConnection connection, Mover mover)
    {
        _sitting = sitting;
        _console = new DebugConsole(sitting, connection, mover);
    }

    /// <summary>Adds the handlers to the map.</summary>
    public void Register(Dictionary<string, RequestHandler> map)
    {
        map["evaluate"] = EvaluateAsync;
        map["completions"] = CompletionsAsync;
    }

    private Task<DapResult> EvaluateAsync(DapRequest request, CancellationToken ct)
    {
        EvaluateArguments arguments = request.Bind(DapJson.Default.EvaluateArguments);
        if (string.IsNullOrWhiteSpace(arguments.Expression))
        {
            throw new DapRequestException("evaluate needs an expression.");
        }
        FrameHandle frame = _sitting.Handles.Frame(arguments.FrameId);
        return arguments.Context == "repl"
            ? _console.ExecuteAsync(request, arguments.Expression.Trim(), frame, ct)
            : ReadAsync(_sitting, arguments.Expression, frame, ct);
    }

    /// <summary>Evaluates without changing anything.</summary>
    /// <exception cref="FredException"><see cref="ErrorId.BadExpression"/>: there is no value.</exception>
    public static async Task<DapResult> ReadAsync(Sitting sitting, string expression, FrameHandle frame, CancellationToken ct)
    {
        Evaluation value = await sitting.Session.EvaluateAsync(expression, frame.Names, ct).ConfigureAwait(false);
        return value.Truth == Truth.NotEvaluable
            ? DapError.From(ErrorId.BadExpression, value.Value)
            : DapResult.Of(new EvaluateBody(value.Value, value.Type.Length == 0 ? null : value.Type, sitting.Handles.AddChildren(frame, value.Reference))
            {
                MemoryReference = sitting.BackendName == "gdb" && value.Value.StartsWith("0x", StringComparison.Ordinal) ? value.Value.Split(' ')[0] : null,
            });
    }

    private async Task<DapResult> CompletionsAsync(DapRequest request, CancellationToken ct)
    {
        CompletionsArguments arguments = request.Bind(DapJson.Default.CompletionsArguments);
        int first = _sitting.Client.ColumnsStartAt1 == false ? 0 : 1;
        string[] lines = (arguments.Text ?? "").Split('\n');
        string line = lines[Math.Clamp((arguments.Line ?? 1) - 1, 0, lines.Length - 1)];
        int column = Math.Clamp((arguments.Column ?? (line.Length + first)) - first, 0, line.Length);
        IEnumerable<string> matches = DebugConsole.Complete(line[..column])
            ?? await _sitting.Session.CompleteAsync(line, column, ct).ConfigureAwait(false);
        return DapResult.Of(new CompletionsBody([.. matches.Select(match =>
        {
            int overlap = Overlap(line[..column], match);
            return new CompletionItem(match, column - overlap, overlap);
        })]));
    }

    // How much of what stands before the cursor the match replaces: its longest beginning that the text ends with.
    private static int Overlap(string before, string match)
    {
        for (int length = Math.Min(before.Length, match.Length); length > 0; length--)
        {
            if (before.EndsWith(match[..length], StringComparison.Ordinal))
            {
                return length;
            }
        }
        return 0;
    }
}
