namespace Fred.Cli;

/// <summary>Carries out lines of input, one at a time.</summary>
/// <remarks>
/// One line can be many commands: parts between <c>;;</c>, and at a breakpoint the commands given to it, which may run to the next breakpoint and so on. They form one
/// queue, so that a breakpoint whose commands end in <c>continue</c> can be hit a million times without a million nested calls. A movement ends the commands of the
/// breakpoint it leaves; an error ends everything that was queued.
/// </remarks>
/// <param name="context">The sitting.</param>
/// <param name="view">Where it is shown.</param>
internal sealed class ReplEngine(ReplContext context, IReplView view)
{
    private readonly LinkedList<QueuedCommand> _queue = new();
    private string _last = string.Empty;
    private StopEvent _stop = context.Session.Stop;

    /// <summary>Gets the prompt for the next line.</summary>
    public string Prompt => context.BreakpointCommands.Collecting ? "(com) " : PromptText.For(context.Session);

    /// <summary>Shows where the sitting starts.</summary>
    /// <param name="ct">Ctrl-C.</param>
    /// <returns>The outcome with an empty command.</returns>
    public async Task<CommandOutcome> StartAsync(CancellationToken ct)
    {
        DrainEvents([]);
        _stop = await ReadStopAsync(ct).ConfigureAwait(false);
        await ShowStopAsync(ct).ConfigureAwait(false);
        return new CommandOutcome(string.Empty, _stop);
    }

    /// <summary>Carries out one line. Errors are part of the outcome.</summary>
    /// <param name="line">What was typed; an empty line repeats the one before.</param>
    /// <param name="ct">Ctrl-C: a search ends where it began, a running program pauses.</param>
    /// <returns>What it came to.</returns>
    public async Task<CommandOutcome> ExecuteAsync(string line, CancellationToken ct)
    {
        var text = line.Trim();
        if (context.BreakpointCommands.Collecting)
        {
            context.BreakpointCommands.Add(text);
            return new CommandOutcome(line, _stop);
        }

        _last = text.Length == 0 ? _last : text;
        foreach (var part in _last.Length == 0 ? [] : CommandParser.Split(_last))
        {
            _queue.AddLast(new QueuedCommand(part, FromBreakpoint: false));
        }

        var outcome = new CommandOutcome(line, null);
        try
        {
            outcome = await RunQueueAsync(outcome, ct).ConfigureAwait(false);
        }
        catch (FredException e)
        {
            outcome = outcome with { Error = new CommandError(e.Id, e.Message), Quit = context.Session.State == SessionState.Closed };
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            outcome = outcome with { Error = new CommandError(ErrorId.Cancelled, $"Stopped; this is tick {context.Session.Position.At} again, where the command was given.") };
        }

        _queue.Clear();
        return outcome with { Stop = _stop };
    }

    private async Task<CommandOutcome> RunQueueAsync(CommandOutcome outcome, CancellationToken ct)
    {
        while (_queue.First is { } first)
        {
            _queue.RemoveFirst();
            var result = await RunOneAsync(first.Value.Line, ct).ConfigureAwait(false);
            outcome = outcome with { Watch = result.Watch ?? outcome.Watch, History = result.History ?? outcome.History };
            switch (result.Effect)
            {
                case CommandEffect.Quit:
                    return outcome with { Quit = true };
                case CommandEffect.Moved:
                    context.SelectedFrame = 0;
                    context.SelectedThread = 0;
                    DropBreakpointCommands();
                    await ArriveAsync(ct).ConfigureAwait(false);
                    break;
                case CommandEffect.None:
                    break;
            }
        }

        return outcome;
    }

    /// <summary>Runs one command while its events are read.</summary>
    private async Task<CommandResult> RunOneAsync(string line, CancellationToken ct)
    {
        List<string> notices = [];
        using var over = new CancellationTokenSource();
        var pump = PumpEventsAsync(notices, over.Token);
        try
        {
            return CommandParser.Parse(line) switch
            {
                ParsedLine.Verb verb => await verb.Command.Handler(context, verb.Argument, ct).ConfigureAwait(false),
                ParsedLine.Backend backend => await SessionHandlers.BackendAsync(context, backend.Line, ct).ConfigureAwait(false),
                _ => CommandResult.Shown,
            };
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await pump.ConfigureAwait(false);
            DrainEvents(notices);
        }
    }

    /// <summary>Where the sitting stands. After an uncaught exception no statement is next; the place is then where it was raised.</summary>
    private async Task<StopEvent> ReadStopAsync(CancellationToken ct)
    {
        var stop = context.Session.Stop;
        if (stop.Location is not null || stop.Kind != EventKind.End || stop.Reason == StopReason.Exit)
        {
            return stop;
        }

        var stack = await context.Session.GetStackAsync(0, 1, ct).ConfigureAwait(false);
        return stack.Frames is [{ } raised, ..] ? stop with { Location = raised.Location, Function = raised.Function } : stop;
    }

    private async Task ArriveAsync(CancellationToken command)
    {
        // A Ctrl-C that paused the program has done its work: the place it paused at is still to be shown.
        var ct = command.IsCancellationRequested ? CancellationToken.None : command;
        _stop = await ReadStopAsync(ct).ConfigureAwait(false);
        var commands = context.BreakpointCommands.For(_stop);
        for (var i = commands.Count - 1; i >= 0; i--)
        {
            if (commands[i] != "silent")
            {
                _queue.AddFirst(new QueuedCommand(commands[i], FromBreakpoint: true));
            }
        }

        if (!commands.Contains("silent"))
        {
            await ShowStopAsync(ct).ConfigureAwait(false);
        }
    }

    private async Task ShowStopAsync(CancellationToken ct)
    {
        view.ShowStop(context.Sources, _stop, context.Session.Position);
        if (StopView.IsInLibrary(_stop))
        {
            // Where in the user's own code it was called.
            var stack = await context.Session.GetStackAsync(0, 0, ct).ConfigureAwait(false);
            var caller = stack.Frames.FirstOrDefault(f => f is { IsUserCode: true, Location: not null });
            context.Print(caller?.Location is { } place ? $"  called from {place.File}({place.Line}){caller.Function}(), frame {caller.Index}" : string.Empty);
        }

        context.Print(await context.Session.DisplayAsync(ct).ConfigureAwait(false));
    }

    private void DropBreakpointCommands()
    {
        while (_queue.First is { Value.FromBreakpoint: true })
        {
            _queue.RemoveFirst();
        }
    }

    private async Task PumpEventsAsync(List<string> notices, CancellationToken ct)
    {
        try
        {
            await foreach (var e in context.Session.Events.ReadAllAsync(ct).ConfigureAwait(false))
            {
                Take(e, notices);
            }
        }
        catch (OperationCanceledException)
        {
            // The command is over; what is left in the channel is drained by the caller.
        }
    }

    private void DrainEvents(List<string> notices)
    {
        while (context.Session.Events.TryRead(out var e))
        {
            Take(e, notices);
        }

        view.ShowProgress(null);
        foreach (var notice in notices)
        {
            view.Console.Write(new Verbatim(notice + "\n", Theme.Past));
        }
    }

    private void Take(SessionEvent e, List<string> notices)
    {
        switch (e)
        {
            case SessionEvent.Progress progress:
                view.ShowProgress(progress);
                break;
            case SessionEvent.Notice notice:
                notices.Add(notice.Text);
                break;
        }
    }

    private sealed record QueuedCommand(string Line, bool FromBreakpoint);
}
