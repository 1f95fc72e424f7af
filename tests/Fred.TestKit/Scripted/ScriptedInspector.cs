using System.Globalization;
using Fred.Core;

namespace Fred.TestKit;

/// <summary>Looks at one event of a recording, and understands the handful of debugger commands listed in <see cref="ExecuteAsync"/>.</summary>
internal sealed class ScriptedInspector : IInspector
{
    private readonly ScriptedBackend _backend;
    private readonly ScriptedEvent _here;
    private readonly bool _lies;
    private bool _disposed;

    public ScriptedInspector(ScriptedBackend backend, ScriptedEvent here, ScriptedRecording recording, bool lies)
    {
        _backend = backend;
        _here = here;
        _lies = lies;
        Recording = recording;
        backend.CountInspectors(1);
    }

    /// <summary>Gets whose event it looks at.</summary>
    public ScriptedRecording Recording { get; }

    /// <inheritdoc/>
    public Task<StackPage> GetStackAsync(int start, int count, CancellationToken ct)
    {
        var frames = _here.Stack.Select((f, i) => new Frame(i, new SourceLocation(_backend.Program.File, f.Line), f.Function, true, f.Activation));
        return Answer(new StackPage([.. frames.Skip(start).Take(count == 0 ? int.MaxValue : count)], _here.Stack.Count), ct);
    }

    /// <inheritdoc/>
    public Task<Evaluation> EvaluateAsync(string expression, EvaluationScope scope, CancellationToken ct)
    {
        var frame = _here.FrameOf(scope);
        try
        {
            ScriptExpression.Parse(expression);
            if (frame < 0 || frame >= Math.Max(1, _here.Stack.Count))
            {
                return Answer(new Evaluation(Truth.NotEvaluable, "its frame is not on the stack here", string.Empty, 0), ct);
            }

            var value = _here.Evaluate(expression, frame);
            return Answer(new Evaluation(ScriptValue.IsTrue(value) ? Truth.Good : Truth.Bad, ScriptValue.Repr(value), ScriptValue.TypeName(value), 0), ct);
        }
        catch (ScriptException error)
        {
            return Answer(new Evaluation(Truth.NotEvaluable, error.Message, string.Empty, 0) { IsInvalid = error.Message.StartsWith("SyntaxError", StringComparison.Ordinal) }, ct);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Variable>> GetVariablesAsync(VariableQuery query, CancellationToken ct)
    {
        var index = query.Scope switch
        {
            null => -1,
            { Globals: true } => _here.Stack.Count - 1,
            { FrameIndex: var i } => i,
        };
        IReadOnlyList<Variable> variables = index < 0 || index >= _here.Stack.Count ? [] :
            [.. _here.Stack[index].Names.Select(n => new Variable(n.Key, ScriptValue.Repr(n.Value), ScriptValue.TypeName(n.Value), 0, 0, 0, n.Key))];
        return Answer<IReadOnlyList<Variable>>([.. variables.Skip(query.Start).Take(query.Count == 0 ? int.MaxValue : query.Count)], ct);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> CompleteAsync(string text, int column, int frameIndex, CancellationToken ct)
    {
        var word = new string([.. text[..column].Reverse().TakeWhile(c => char.IsLetterOrDigit(c) || c == '_').Reverse()]);
        var names = _here.Stack.Skip(frameIndex).Take(1).Append(_here.Stack.LastOrDefault()).OfType<ScriptedFrame>().SelectMany(f => f.Names.Keys);
        return Answer<IReadOnlyList<string>>([.. names.Distinct().Where(n => n.StartsWith(word, StringComparison.Ordinal)).Order(StringComparer.Ordinal)], ct);
    }

    /// <inheritdoc/>
    public Task<ExceptionMet?> GetExceptionAsync(CancellationToken ct) => Answer(
        _here.Exception?.Split(": ", 2) is [var type, .. var rest] ? new ExceptionMet(ExceptionRole.End, type, string.Concat(rest)) { Names = [type] } : null, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<int>> GetLinesAsync(string file, CancellationToken ct) => Answer<IReadOnlyList<int>>(
        file == _backend.Program.File ? [.. Recording.Events.Select(e => e.Stack.FirstOrDefault()?.Line ?? 0).Where(line => line > 0).Distinct().Order()] : [], ct);

    /// <inheritdoc/>
    /// <remarks>Knows: <c>p EXPR</c>, <c>where</c>, <c>up</c>, <c>down</c>, <c>break LINE[, COND]</c>, <c>break</c>, <c>clear</c>, <c>args</c>, <c>restart</c>, <c>q</c>,
    /// <c>step next return continue</c>, <c>!STATEMENT</c> and assignments (a mutation); anything else is an expression.</remarks>
    public Task<BackendReply> ExecuteAsync(string line, string state, CancellationToken ct) =>
        Answer(ScriptedShell.Execute(_here, _backend.Program, line.Trim(), state), ct);

    /// <inheritdoc/>
    public Task<BackendReply> DisplayAsync(string state, CancellationToken ct)
    {
        _backend.Counters.DisplayAsked();
        return Answer(new BackendReply(string.Empty, state) { QuietState = state }, ct);
    }

    /// <inheritdoc/>
    public Task<string> GetValueFingerprintAsync(CancellationToken ct)
    {
        var names = string.Join(';', _here.Stack.SelectMany(f => f.Names.Select(n => $"{f.Activation}.{n.Key}={ScriptValue.Repr(n.Value)}")));
        return Answer(string.Create(CultureInfo.InvariantCulture, $"{(_lies ? "other:" : string.Empty)}{_here.At}:{names}"), ct);
    }

    /// <inheritdoc/>
    public Task<string> GetDigestAsync(CancellationToken ct) => Answer($"digest {_here.At}", ct);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            _backend.CountInspectors(-1);
        }

        return ValueTask.CompletedTask;
    }

    private Task<T> Answer<T>(T value, CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return ct.IsCancellationRequested ? Task.FromCanceled<T>(ct) : Task.FromResult(value);
    }
}
