using System.Globalization;
using Fred.TestKit;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Fred.Cli.Tests;

/// <summary>Rows are printed some at a time, and none is lost.</summary>
public sealed class HistoryTableTests : IDisposable
{
    private readonly StringWriter _output = new(CultureInfo.InvariantCulture);
    private readonly ManualTime _time = new();

    [Fact]
    public void RowsThatComeFast_WaitForTheClock()
    {
        using var table = MakeTable();
        Print(table, 0, 3);
        Printed().ShouldBeEmpty();
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Print(table, 3, 1);
        Printed().ShouldBeEmpty();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Print(table, 4, 1);
        Printed().ShouldBe(Enumerable.Range(0, 5));
        Print(table, 5, 1);
        Printed().Count.ShouldBe(5);
    }

    [Fact]
    public void ManyRows_DoNotWaitForTheClock_AndAllComeInOrder()
    {
        using (var table = MakeTable())
        {
            Print(table, 0, 10_000);
            Printed().Count.ShouldBeInRange(1, 9_999);
            Printed().ShouldBe(Enumerable.Range(0, Printed().Count));
        }

        Printed().ShouldBe(Enumerable.Range(0, 10_000));
        _output.ToString().Split('\n').Count(l => l.Contains("tick", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public void TheEnd_PrintsWhatIsLeft_Once()
    {
        using var table = MakeTable();
        Print(table, 0, 3);
        table.Dispose();
        table.Dispose();
        Printed().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void JsonLines_AreWrittenSomeAtATime_AndNoneIsLost()
    {
        using var stream = new MemoryStream();
        string[] Lines() => System.Text.Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using (var lines = new HistoryJsonLines(stream, new SourceCache(), _time))
        {
            void Write(int tick) => lines.Write(new HistoryRow.Visit(new Observation(new Ticks(tick), ObservationKind.Hit, []), "here", []));
            Write(1);
            Write(2);
            Lines().ShouldBeEmpty();
            _time.Advance(TimeSpan.FromMilliseconds(51));
            Write(3);
            Lines().Length.ShouldBe(3);
            lines.Write(new FredException(ErrorId.Usage, "no"));
        }

        Lines()[..3].ShouldAllBe(line => line.StartsWith("{\"tick\":", StringComparison.Ordinal) && line.EndsWith('}'));
        Lines()[3].ShouldBe("{\"error\":{\"id\":\"Usage\",\"message\":\"no\"}}");
    }

    /// <summary>What has been found is shown, however the search ends.</summary>
    [Fact]
    public async Task ACancelledQuestion_HasPrintedTheRowsThatCame()
    {
        var backend = new ScriptedBackend("x = 0\nfor i in range(50):\n    x = i\nprint(x)");
        await using var session = await DebugSession.StartAsync(backend, new SessionOptions(), _time, CancellationToken.None);
        await session.ExecuteAsync(new SessionCommand.Continue(), CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        backend.Faults.Before = (_, at) => at.Value < 60 ? Task.CompletedTask : new TaskCompletionSource().Task;
        var context = new ReplContext(session, MakeConsole(), new SourceCache()) { Time = new CancellingTime(cancel) };
        await Should.ThrowAsync<Exception>(() => HistoryHandlers.HistoryOfAsync(context, "x", cancel.Token));
        Printed().Count.ShouldBeInRange(CancellingTime.Looks - 1, 40);
    }

    public void Dispose() => _output.Dispose();

    private static void Print(HistoryTable table, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            table.Print(new HistoryRow.Visit(new Observation(new Ticks(i), ObservationKind.Hit, []), "here", []));
        }
    }

    private HistoryTable MakeTable() => new(MakeConsole(), new SourceCache(), new Ticks(10_000), _time);

    private IAnsiConsole MakeConsole() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(_output),
    });

    /// <summary>The ticks of the rows that have reached the console.</summary>
    private List<int> Printed() =>
    [
        .. _output.ToString().Split('\n').Select(l => l.Trim().Split(' ')[0]).Where(w => int.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out _)).Select(w => int.Parse(w, CultureInfo.InvariantCulture)),
    ];

    /// <summary>Stands still. The table looks at it when it is made and for each row; one of these looks cancels.</summary>
    private sealed class CancellingTime(CancellationTokenSource cancel) : TimeProvider
    {
        public const int Looks = 11;

        private int _looks;

        public override long GetTimestamp()
        {
            if (++_looks == Looks)
            {
                cancel.Cancel();
            }

            return 0;
        }
    }
}
