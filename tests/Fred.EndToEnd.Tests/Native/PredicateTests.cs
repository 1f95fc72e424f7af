using Fred.Backends;
using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>Expressions that replicas look at themselves. The oracle is gdb, which evaluates each of them wherever memory changes that it reads.</summary>
public sealed class PredicateTests : IDisposable
{
    private static readonly EvaluationScope Main = new EvaluationScope.InFunction("main");

    private static readonly string[] Followed =
    [
        "byte < 150", "(char)byte < 0", "narrow > -7000", "narrow * 3 - 1 < byte", "wide > 2000000000", "wide - 5 < 0 || (int)wide >> 3 & 1", "big > 0", "big % 7 != 3 && -big / 3 < 1000",
        "(int)color == BLUE + 0 || !(int)color", "items[1].kind > 0", "items[2].set", "color", "items[2].weight < 20 ? items[2].set : items[3].kind", "(items[3].small ^ items[2].small) < 10", "~items[3].medium > -40000",
        "first != 0", "first && first->values[1] >= 0", "first->next == 0", "&items[2] - first > 1", "name[local & 3] == 'b' || local < 3", "*(&byte + 0) == byte && sizeof(items) > 100",
        "count(first, 1) < 1", "is_set(first) && letter(local) != 'c'", "twice(byte) > 300", "follower(first) != 0", "count(first ? follower(first) : first, twice(1) - 1) == 0 && byte",
        "real < 3", "!(real * 2 - 1 >= byte / 20.0) || first", "color == BLUE", "byte > 90 ? color != GREEN : color <= RED", "half(real) < 1.5", "items[2].set == 1", "(int)real != 2", "-real + (float)narrow / 3 < 0 && real",
    ];

    private static readonly string[] FollowedInCpp =
    [
        "box.count() < 4", "current->weight() < 5.5", "boxes[1].scaled(2, .5f) <= 3 && !boxes[0].is_full()", "current->twice(current->count()) != 6", "box.kind == Kind::Large", "box.ratio > 1.25f",
    ];

    private static readonly string[] NotFollowed = ["printf(\"\") == 0", "$rax == 0", "no_such_name == 1", "items[0]", "byte +"];

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(5));

    private CancellationToken Token => _timeout.Token;

    [SkippableTheory]
    [InlineData("expressions.c")]
    [InlineData("methods.cpp")]
    public async Task Expressions_ChangeWhereGdbSeesThemChange(string source)
    {
        var expressions = source == "methods.cpp" ? FollowedInCpp : Followed;
        await using var debuggee = await NativeDebuggee.StartAsync(source, Token);
        (await debuggee.DoAsync(new SessionCommand.Continue(), Token)).Detail.ShouldBe("SIGABRT");
        var end = debuggee.Session.Position.At;
        var changing = 0;
        foreach (var expression in expressions)
        {
            await debuggee.DoAsync(new SessionCommand.Goto(end), Token);
            var report = await debuggee.Session.ReverseWatchAsync(new WatchQuery(expression, Main, WhichTransition.All) { Stays = true }, Token);
            var changes = new List<ValueChange>();
            await debuggee.Session.FindChangesAsync(
                $"({expression}) ? 1 : 0",
                Main,
                new HistoryRange(),
                change =>
                {
                    changes.Add(change);
                    return ValueTask.CompletedTask;
                },
                Token);
            var broken = changes.Where(c => c.At > Ticks.Zero && c.New is { HasValue: true, Text: "0" }).Select(c => c.At).ToList();
            report.Transitions.Select(t => t.At).ShouldBe(broken, expression);
            changing += broken.Count > 0 ? 1 : 0;
            if (broken.Count > 0)
            {
                (await debuggee.Session.ReverseWatchAsync(new WatchQuery(expression, Main) { Stays = true }, Token)).Transitions[^1].At.ShouldBe(broken[^1], expression);
                (await debuggee.Session.ReverseWatchAsync(new WatchQuery(expression, Main, WhichTransition.First) { Stays = true }, Token)).Transitions[0].At.ShouldBe(broken[0], expression);
            }
        }

        changing.ShouldBeGreaterThan(expressions.Length / 2);
    }

    [SkippableFact]
    public async Task WhatCanBeFollowed_IsKnown()
    {
        var directory = Directory.CreateTempSubdirectory("fred-follow-");
        try
        {
            await CheckAsync(NativeDebuggee.Compile("expressions.c", directory.FullName), [.. Followed, "local < 4"], NotFollowed);

            // Optimized, a local variable may be in a register, or nowhere.
            await CheckAsync(NativeDebuggee.Compile("expressions.c", directory.FullName, "-O2", "-fno-inline"), ["byte < 150", "first && first->values[1] >= 0", "real < 1"], ["local < 4", "local < 1.5"]);

            // What a call of a virtual function does depends on the object.
            await CheckAsync(NativeDebuggee.Compile("methods.cpp", directory.FullName), FollowedInCpp, ["current->area() > 1", "box.overloaded(1) > 1", "box.none() > 1"]);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    public void Dispose() => _timeout.Dispose();

    private async Task CheckAsync(string program, string[] followed, string[] not)
    {
        await using var backend = new GdbBackend(new GdbOptions { Program = program, StandardInput = "/dev/null", StandardOutput = "/dev/null", StandardError = "/dev/null" });
        await using var head = await backend.StartAsync(Token);
        var found = new List<string>();
        foreach (var expression in followed.Concat(not))
        {
            if (await head.FollowsAsync(expression, Main, Token))
            {
                found.Add(expression);
            }
        }

        found.ShouldBe(followed);
    }
}
