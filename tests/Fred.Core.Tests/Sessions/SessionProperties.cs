using FsCheck;
using FsCheck.Fluent;
using Fred.TestKit;
using Shouldly;
using Xunit;

namespace Fred.Core.Tests;

/// <summary>Random programs, random commands, random checkpoints and faults, against the forward trace. A failing case prints its replay seed and itself.</summary>
public sealed class SessionProperties
{
    private static readonly SessionCommand[] Steps =
    [
        new SessionCommand.Step(), new SessionCommand.Step(3), new SessionCommand.Next(), new SessionCommand.Next(2), new SessionCommand.Finish(),
        new SessionCommand.Finish(2), new SessionCommand.Until(), new SessionCommand.Continue(), new SessionCommand.Continue(2),
        new SessionCommand.ReverseStep(), new SessionCommand.ReverseStep(5), new SessionCommand.ReverseNext(), new SessionCommand.ReverseNext(2),
        new SessionCommand.ReverseFinish(), new SessionCommand.ReverseContinue(), new SessionCommand.ReverseContinue(2), new SessionCommand.GotoLive(),
    ];

    [Fact]
    public void EveryVerb_EqualsAScanOfTheForwardTrace() =>
        Prop.ForAll(Cases(faulty: false), RunAsync).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    [Fact]
    public void Faults_AreHiddenOrReported_AndNeverChangeAnAnswer() =>
        Prop.ForAll(Cases(faulty: true), RunAsync).Check(Config.QuickThrowOnFailure.WithMaxTest(80));

    [Fact]
    public void StepsForward_ThenBack_RetraceExactly() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).Zip(Gen.Choose(1, 40)).ToArbitrary(), async c =>
        {
            await using var backend = new ScriptedBackend(RandomProgram.Write(c.Item1, c.Item2), ["a", "b"]);
            await using var session = await DebugSession.StartAsync(backend, new SessionOptions(), new ManualTime(), default);
            var forward = new List<(Ticks, SourceLocation?, string)> { await SeeAsync(session) };
            while (session.Stop.Kind != EventKind.End)
            {
                await session.ExecuteAsync(new SessionCommand.Step(), default);
                forward.Add(await SeeAsync(session));
            }

            var output = backend.Output.Count;
            for (var i = forward.Count - 2; i >= 0; i--)
            {
                (await session.ExecuteAsync(new SessionCommand.ReverseStep(), default)).Reason.ShouldBe(StopReason.Step);
                (await SeeAsync(session)).ShouldBe(forward[i]);
            }

            backend.Output.Count.ShouldBe(output);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(25));

    private static async Task<(Ticks At, SourceLocation? Where, string Values)> SeeAsync(DebugSession session)
    {
        var values = await session.GetVariablesAsync(new VariableQuery(new FrameScope(0, false), 0), default);
        return (session.Stop.At, session.Stop.Location, string.Join(',', values));
    }

    private static Arbitrary<Case> Cases(bool faulty)
    {
        var gen =
            from seed in Gen.Choose(0, int.MaxValue)
            from size in Gen.Choose(1, 50)
            from commands in Gen.Choose(0, 99).ListOf(25)
            from lines in Gen.Choose(1, 40).ListOf(3)
            select new Case(seed, size, [.. commands], [.. lines], faulty);
        return gen.ToArbitrary();
    }

    private static async Task RunAsync(Case c)
    {
        await using var backend = new ScriptedBackend(RandomProgram.Write(c.Seed, c.Size), ["a", "b", "c"]);
        var random = new Random(c.Seed);
        if (c.Faulty)
        {
            Break(backend, random);
        }

        await using (var session = await DebugSession.StartAsync(backend, new SessionOptions(), new ManualTime(), default))
        {
            await session.SetBreakpointsAsync(
                [.. c.Lines.Select((line, i) => new Breakpoint(i + 1, new SourceLocation(backend.Program.File, line)) { Condition = i == 0 ? "x < 5" : null, Enabled = i < 2 })], default);
            foreach (var choice in c.Commands)
            {
                await OneAsync(backend, session, random, choice, c.Faulty);
            }
        }

        backend.AliveSessions.ShouldBe(0);
        backend.OpenInspectors.ShouldBe(0);
    }

    private static void Break(ScriptedBackend backend, Random random)
    {
        // The first save is the beginning, without which there is no sitting; the one checkpoint that survives everything is that one too.
        backend.Faults.SaveFails = n => n > 1 && n % 5 == 0;
        backend.Faults.CheckpointIsLost = checkpoint => checkpoint.At != Ticks.Zero && checkpoint.Id % 4 == 0;
        backend.Faults.ReplicaDies = (replica, at) => replica % 6 == 0 && at.Value % 7 == random.Next(7);
    }

    private static async Task OneAsync(ScriptedBackend backend, DebugSession session, Random random, int choice, bool faulty)
    {
        var (from, edge, branch) = (session.Position.At, session.Position.Edge, session.Position.Branch);
        if (choice >= 90)
        {
            await OtherAsync(session, choice);
            return;
        }

        var command = choice >= 75 ? new SessionCommand.Goto(new Ticks(random.NextInt64(edge.Value + 1))) : Steps[choice % Steps.Length];
        StopEvent stop;
        try
        {
            stop = await session.ExecuteAsync(command, default);
        }
        catch (FredException error) when (faulty && error.Id is ErrorId.ReplicaLost or ErrorId.CheckpointLost)
        {
            session.Position.ShouldBe(new Position(branch, from, edge), $"{command} failed: {error.Message}");
            session.State.ShouldBe(SessionState.Stopped);
            return;
        }

        var expected = new VerbOracle(backend.TraceOf(branch), edge, session.Breakpoints).Expect(from, command);
        (stop.At, stop.Reason).ShouldBe(expected, $"{command} from {from} with edge {edge} in\n{backend.Program}");
        session.Position.At.ShouldBe(expected.At);
        stop.Live.ShouldBe(session.Position.IsLive);
        backend.TraceOf(branch)[stop.At].Line.ShouldBe(stop.Location?.Line ?? 0);
        (await SeeAsync(session)).Values.ShouldBe(await ValuesAsync(backend, branch, stop.At));
    }

    private static async Task OtherAsync(DebugSession session, int choice)
    {
        var before = session.Journal.Count;
        if (choice < 94)
        {
            try
            {
                var taken = await session.TakeCheckpointAsync(default);
                session.Checkpoints.ShouldContain(c => c.Number == taken.Number && c.At == session.Position.At);
            }
            catch (FredException error)
            {
                error.Id.ShouldBe(ErrorId.ForkFailed);
            }
        }
        else if (choice < 97 && before > 0)
        {
            var target = session.Journal[^1].From;
            await TryAsync(() => session.ExecuteAsync(new SessionCommand.Undo(), default), () => (session.Position.Branch, session.Position.At).ShouldBe((target.Branch, target.At)));
        }
        else if (session.Stop.Kind != EventKind.End && session.Position.At > Ticks.Zero)
        {
            var (past, at) = (!session.Stop.Live, session.Position.At);
            var branches = session.Branches.Count;
            await TryAsync(() => session.MutateAsync(new Mutation($"x = {choice}"), default), () => session.Branches.Count.ShouldBe(past ? branches + 1 : branches));
            session.Position.At.ShouldBe(at);
        }
    }

    private static async Task TryAsync(Func<Task> act, Action check)
    {
        try
        {
            await act();
        }
        catch (FredException error) when (error.Id is ErrorId.ReplicaLost or ErrorId.CheckpointLost)
        {
            return;
        }

        check();
    }

    private static Task<string> ValuesAsync(ScriptedBackend backend, BranchId branch, Ticks at)
    {
        var frame = backend.TraceOf(branch)[at].Stack;
        var names = frame.IsEmpty ? [] : frame[0].Names.Select(n => new Variable(n.Key, Text(n.Value), Kind(n.Value), 0, 0, 0, n.Key));
        return Task.FromResult(string.Join(',', names));
    }

    private static string Text(object? value) => value switch
    {
        null => "None",
        string s => $"'{s}'",
        bool b => b ? "True" : "False",
        _ => $"{value}",
    };

    private static string Kind(object? value) => value switch
    {
        null => "NoneType",
        string => "str",
        bool => "bool",
        _ => "int",
    };

    /// <summary>One sitting.</summary>
    private sealed record Case(int Seed, int Size, IReadOnlyList<int> Commands, IReadOnlyList<int> Lines, bool Faulty)
    {
        public override string ToString() =>
            $"seed {Seed} size {Size} commands [{string.Join(' ', Commands)}] lines [{string.Join(' ', Lines)}] faulty {Faulty}";
    }
}
