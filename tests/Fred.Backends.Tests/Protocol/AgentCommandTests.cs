using Fred.Core;
using Shouldly;
using Xunit;

namespace Fred.Backends.Tests;

public sealed class AgentCommandTests
{
    [Fact]
    public void Run_SpellsLimitFilterAndBreakpoints()
    {
        AgentCommand.Run(new RunRequest(new Ticks(9))).ShouldBe("run limit=9 bp=0 mode=stop\n");
        AgentCommand.Run(new RunRequest(Ticks.Never, new StepFilter(4, 12, true), true)).ShouldBe("run limit=9223372036854775807 depth=4 line=12 ret=1 bp=1 mode=stop\n");
        AgentCommand.Run(new RunRequest(new Ticks(3), new StepFilter(4) { Thread = 2 })).ShouldBe("run limit=3 depth=4 line=0 ret=0 thread=2 bp=0 mode=stop\n");
    }

    [Fact]
    public void Scan_SpellsEachKind()
    {
        AgentCommand.Scan(new EventScan(new Ticks(9), StepFilter.Any)).ShouldBe("run limit=9 depth=2147483647 line=0 ret=0 bp=0 mode=last\n");
        AgentCommand.Scan(new BreakpointScan(new Ticks(9))).ShouldBe("run limit=9 bp=1 mode=last\n");
        AgentCommand.Scan(new BreakpointScan(new Ticks(9), All: true)).ShouldBe("run limit=9 bp=1 mode=all\n");
        AgentCommand.Scan(new ExpressionScan(new Ticks(9), "x", new EvaluationScope.InActivation("module:m"), 64)).ShouldBe("run limit=9 bp=0 mode=watch stride=64\n");
    }

    [Fact]
    public void Others_SpellTheirFields()
    {
        AgentCommand.Mode(true, 0, "/p age", "/log", ["gc=freeze", "populate=0"]).ShouldBe("mode record 0 /p%20age /log gc=freeze populate=0\n");
        AgentCommand.Spawn(1, realStdio: false).ShouldBe("spawn 1 null\n");
        AgentCommand.ForkReplica(3, 4, "/log").ShouldBe("fork-replica 3 4 /log\n");
        AgentCommand.BreakpointAdd(new Breakpoint(2, new SourceLocation("/a.py", 7)) { Condition = "x > 1" }).ShouldBe("bp-add 2 /a.py 7 x%20>%201\n");
        AgentCommand.BreakpointAdd(new Breakpoint(2, new SourceLocation("/a.py", 7))).ShouldBe("bp-add 2 /a.py 7 %\n");
        AgentCommand.Execute(5, new Mutation("x = 1\ny = 2", 3)).ShouldBe("exec 5 statement 3%0Ax%20=%201%0Ay%20=%202\n");
        AgentCommand.Promote("/log-2", 6, "/proc/1/fd").ShouldBe("promote /log-2 6 /proc/1/fd\n");
    }
}
