using System.IO.Pipelines;
using Shouldly;

namespace Fred.Dap.Tests;

public sealed class RequestGateTests
{
    // Columns: NotStarted Stopped Running Travelling HistoryOnly Closed. y: allowed.
    private const string Table = """
        initialize                y.....
        launch                    y.....
        configurationDone         yyyyy.
        restart                   .yyyyy
        terminate                 yyyyyy
        disconnect                yyyyyy
        cancel                    yyyyyy
        pause                     .yyyy.
        threads                   yyyyyy
        breakpointLocations       .y..y.
        setBreakpoints            yyyyy.
        setFunctionBreakpoints    yyyyy.
        setExceptionBreakpoints   yyyyy.
        setDataBreakpoints        yyyyy.
        dataBreakpointInfo        .y..y.
        continue                  .y..y.
        next                      .y..y.
        stepIn                    .y..y.
        stepInTargets             .y..y.
        stepOut                   .y..y.
        stepBack                  .y..y.
        reverseContinue           .y..y.
        restartFrame              .y..y.
        stackTrace                .y..y.
        scopes                    .y..y.
        variables                 .y..y.
        setVariable               .y..y.
        setExpression             .y..y.
        evaluate                  .y..y.
        completions               .y..y.
        exceptionInfo             .y..y.
        source                    .yyyy.
        loadedSources             yyyyyy
        modules                   yyyyyy
        readMemory                .y..y.
        writeMemory               .y..y.
        disassemble               .y..y.
        setInstructionBreakpoints yyyyy.
        reverseStepIn             .y..y.
        reverseStepOut            .y..y.
        reverseWatch              .y..y.
        gotoTick                  .y..y.
        undo                      .y..y.
        checkpoint                .y..y.
        bookmark                  .y..y.
        branches                  .y..y.
        timeline                  yyyyyy
        findHits                  .y..y.
        history                   .yyyy.
        """;

    [Fact]
    public void EveryCommand_InEveryState_IsAsTheTableSays()
    {
        string actual = string.Join('\n', RequestGate.Rows.Select(row => $"{row.Command,-25} {string.Concat(
            Enum.GetValues<SessionState>().Select(state => RequestGate.Refuse(row.Command, state) is null ? 'y' : '.'))}"));

        actual.ShouldBe(Table.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void EveryRefusal_IsAnErrorWithAReason()
    {
        foreach (var row in RequestGate.Rows)
        {
            foreach (var refusal in Enum.GetValues<SessionState>().Select(state => RequestGate.Refuse(row.Command, state)).OfType<DapResult>())
            {
                refusal.Success.ShouldBeFalse();
                refusal.Message.ShouldNotBeNull().ShouldContain(row.Command);
            }
        }
    }

    [Fact]
    public void EveryRow_HasAHandler_AndEveryHandlerARow()
    {
        var pipe = new Pipe();
        var connection = new DapConnection(new DapStream(pipe.Reader, pipe.Writer));
        using var server = new DapServer(Stream.Null, Stream.Null, new DapFixtureLauncher(), TimeProvider.System);

        var handlers = HandlerMap.Create(new Sitting(connection, TimeProvider.System), connection, new DapFixtureLauncher(), null, server);

        handlers.Keys.Order(StringComparer.Ordinal).ShouldBe(RequestGate.Rows.Select(row => row.Command).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("goto")]
    [InlineData("attach")]
    [InlineData("locations")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void OtherRequests_AreRefusedInEveryState(string command)
    {
        foreach (var state in Enum.GetValues<SessionState>())
        {
            RequestGate.Refuse(command, state).ShouldNotBeNull().Message.ShouldNotBeNullOrEmpty();
        }
    }

    private sealed class DapFixtureLauncher : IDebuggeeLauncher
    {
        public Task<Debuggee> LaunchAsync(LaunchSettings settings, IEditorTerminal? terminal, CancellationToken ct) => throw new NotSupportedException();
    }
}
