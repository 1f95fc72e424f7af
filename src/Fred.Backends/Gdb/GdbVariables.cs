using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>Variables and their children, by gdb's variable objects. A reference is this inspector's number of one.</summary>
internal sealed class GdbVariables(GdbInspector inspector) : IAsyncDisposable
{
    private const int ThreadShift = 20;
    private readonly Dictionary<int, string> _objects = [];
    private readonly List<string> _roots = [];

    /// <summary>The thread in whose frames a variable with children is.</summary>
    /// <param name="reference">Of the variable.</param>
    /// <returns>The thread's number.</returns>
    public static int ThreadOf(int reference) => reference >> ThreadShift;

    /// <summary>Lists variables of a frame or children of a value.</summary>
    /// <param name="query">What to list.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The variables; a C program's globals belong to files and are not listed.</returns>
    public Task<IReadOnlyList<Variable>> ListAsync(VariableQuery query, CancellationToken ct) => inspector.UseAsync(
        mi => query.Scope is { } scope ? LocalsAsync(mi, scope, ct) : ChildrenAsync(mi, query, ct),
        ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_roots.Count == 0)
        {
            return;
        }

        try
        {
            await inspector.TidyAsync([.. _roots.Select(root => "-var-delete " + root)]).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FredException or ObjectDisposedException)
        {
            // gdb is gone, and its variable objects with it.
        }
    }

    private async Task<IReadOnlyList<Variable>> LocalsAsync(MiConnection mi, FrameScope scope, CancellationToken ct)
    {
        if (scope.Globals)
        {
            return [];
        }

        var frame = scope.FrameIndex.ToString(CultureInfo.InvariantCulture);
        var answer = await mi.DoAsync($"-stack-list-variables --thread 1 --frame {frame} --simple-values", ct).ConfigureAwait(false);
        var variables = new List<Variable>();
        foreach (var variable in answer["variables"].Items)
        {
            var name = variable["name"].Text;
            var created = await mi.AskAsync($"-var-create --thread 1 --frame {frame} - * {MiParser.Quote(name)}", ct).ConfigureAwait(false);
            if (created.IsError)
            {
                variables.Add(new Variable(name, variable.FindText("value") ?? created.Error, variable.FindText("type") ?? string.Empty, 0, 0, 0, name));
                continue;
            }

            _roots.Add(created.Results["name"].Text);
            variables.Add(Describe(created.Results, name, name));
        }

        return variables;
    }

    private async Task<IReadOnlyList<Variable>> ChildrenAsync(MiConnection mi, VariableQuery query, CancellationToken ct)
    {
        if (!_objects.TryGetValue(query.Reference, out var parent))
        {
            return [];
        }

        var range = query.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $" {query.Start} {query.Start + query.Count}") : string.Empty;
        var answer = await mi.DoAsync($"-var-list-children --all-values {parent}{range}", ct).ConfigureAwait(false);
        var variables = new List<Variable>();
        foreach (var child in answer.Find("children")?.Items ?? [])
        {
            var expression = child.FindText("exp") ?? string.Empty;
            if (expression is "public" or "private" or "protected" && child.FindText("type") is null)
            {
                // C++: gdb puts members below their access; the user wants the members.
                var reference = Number();
                _objects[reference] = child["name"].Text;
                variables.AddRange(await ChildrenAsync(mi, new VariableQuery(null, reference), ct).ConfigureAwait(false));
                continue;
            }

            var path = await mi.AskAsync("-var-info-path-expression " + child["name"].Text, ct).ConfigureAwait(false);
            variables.Add(Describe(child, expression, path.IsError ? null : path.Results.FindText("path_expr")));
        }

        return variables;
    }

    private Variable Describe(MiValue answer, string name, string? evaluateName)
    {
        var children = int.TryParse(answer.FindText("numchild"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var type = answer.FindText("type") ?? string.Empty;
        var value = answer.FindText("value") ?? string.Empty;
        var reference = 0;
        if (children > 0)
        {
            _objects[reference = Number()] = answer["name"].Text;
        }

        var isArray = type.EndsWith(']');
        return new Variable(name, value, type, reference, isArray ? 0 : children, isArray ? children : 0, evaluateName) { Memory = Pointed(value) };
    }

    /// <summary>The address a pointer shows: <c>0x5555 "text"</c>.</summary>
    private static ulong? Pointed(string value) => value.StartsWith("0x", StringComparison.Ordinal)
        && ulong.TryParse(value.AsSpan(2).ToString().Split(' ')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address) && address != 0 ? address : null;

    private int Number() => (inspector.Thread << ThreadShift) + _objects.Count + 1;
}
