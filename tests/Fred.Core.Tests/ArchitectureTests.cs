using System.Reflection;
using System.Runtime.CompilerServices;
using Mono.Cecil;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

/// <summary>What Fred.Core may not do, checked on the compiled assembly.</summary>
public sealed class ArchitectureTests
{
    // Each line is a type or member that Fred.Core may not use, and why.
    private static readonly (string Member, string Why)[] Banned =
    [
        ("System.Threading.Thread::Sleep", "wait for an event, not for time"),
        ("System.Threading.Tasks.Task::Delay", "wait for an event, not for time"),
        ("System.Threading.Tasks.Task::Wait", "await"),
        ("System.DateTime::get_Now", "take a TimeProvider"),
        ("System.DateTime::get_UtcNow", "take a TimeProvider"),
        ("System.DateTimeOffset::get_UtcNow", "take a TimeProvider"),
        ("System.Diagnostics.Stopwatch::", "take a TimeProvider"),
        ("System.TimeProvider::get_System", "the composition root chooses the clock"),
        ("System.Diagnostics.Process::", "only Fred.Backends starts processes"),
        ("System.Console::", "only Fred.Cli writes to the terminal"),
        ("System.IO.File::", "Core touches no files"),
        ("System.Net.Sockets.", "only Fred.Backends talks to processes"),
        ("System.Text.Json.", "no JSON in Core"),
        ("System.Environment::", "no machine state in Core"),
    ];

    [Fact]
    public void Core_UsesNothingBanned()
    {
        using var module = ModuleDefinition.ReadModule(typeof(DebugSession).Assembly.Location);
        var used = module.GetMemberReferences().Select(m => $"{m.DeclaringType.FullName}::{m.Name}").ToList();
        used.ShouldNotBeEmpty();
        used.Remove("System.Environment::get_CurrentManagedThreadId"); // the compiler's, in every method with yield
        foreach (var (member, why) in Banned)
        {
            used.ShouldNotContain(u => u.StartsWith(member, StringComparison.Ordinal), $"{member}: {why}");
        }
    }

    [Fact]
    public void Core_ReferencesNoOtherFredProject()
    {
        using var module = ModuleDefinition.ReadModule(typeof(DebugSession).Assembly.Location);
        module.AssemblyReferences.ShouldNotContain(r => r.Name.StartsWith("Fred.", StringComparison.Ordinal));
    }

    [Fact]
    public void Core_HasNoMutableStaticState()
    {
        var fields = typeof(DebugSession).Assembly.GetTypes()
            .Where(t => !t.IsDefined(typeof(CompilerGeneratedAttribute), false))
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(f => !f.IsInitOnly && !f.IsLiteral && !f.IsDefined(typeof(CompilerGeneratedAttribute), false));
        fields.Select(f => $"{f.DeclaringType}.{f.Name}").ShouldBeEmpty();
    }

    [Fact]
    public void EveryTaskReturningMethodOfTheContract_EndsWithAToken()
    {
        Type[] exempt = [typeof(IAsyncDisposable)];
        var methods = typeof(DebugSession).Assembly.GetExportedTypes()
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(m => typeof(Task).IsAssignableFrom(m.ReturnType) && !exempt.Contains(m.DeclaringType) && m.Name != nameof(ICheckpointEngine.DiscardAsync));
        methods.Where(m => m.GetParameters() is not [.., { IsOptional: false } last] || last.ParameterType != typeof(CancellationToken)).Select(m => m.Name).ShouldBeEmpty();
    }

    [Fact]
    public void EveryErrorId_HasAParagraphWithCauseAndNextStep()
    {
        var lines = File.ReadAllLines(Path.Combine(RepositoryRoot(), "docs", "messages.md"));
        foreach (var id in Enum.GetNames<ErrorId>())
        {
            var start = Array.FindIndex(lines, l => l == $"## {id}");
            start.ShouldBeGreaterThanOrEqualTo(0, $"docs/messages.md has no '## {id}'");
            var paragraph = lines.Skip(start + 1).TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal)).ToList();
            paragraph.ShouldContain(l => l.StartsWith("Cause: ", StringComparison.Ordinal), id);
            paragraph.ShouldContain(l => l.StartsWith("Next step: ", StringComparison.Ordinal), id);
        }

        lines.Where(l => l.StartsWith("## ", StringComparison.Ordinal)).Select(l => l[3..]).ShouldBe(Enum.GetNames<ErrorId>(), ignoreOrder: true);
    }

    private static string RepositoryRoot([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here) ?? string.Empty, "..", ".."));
}
