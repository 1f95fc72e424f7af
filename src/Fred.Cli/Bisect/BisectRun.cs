namespace Fred.Cli;

/// <summary>Carries out <c>fred bisect</c>: runs the program once, then answers the questions from its history.</summary>
/// <param name="request">What was asked.</param>
/// <param name="host">The world around.</param>
internal sealed class BisectRun(BisectRequest request, CliHost host)
{
    /// <summary>Runs the program and answers.</summary>
    /// <param name="ct">Ends everything.</param>
    /// <returns>The answers. A question that has none says why; what concerns all of them is thrown.</returns>
    /// <exception cref="FredException">The program cannot be run or recorded, or an expression does not parse.</exception>
    public async Task<BisectReport> RunAsync(CancellationToken ct)
    {
        using var capture = request.OutputMatches is null ? null : new OutputCapture(request.Recording.Program.Output);
        var what = capture is null ? request.Recording : request.Recording with { Program = capture.Redirect(request.Recording.Program) };
        var recording = await Recording.StartAsync(what, host, ct).ConfigureAwait(false);
        await using (recording.ConfigureAwait(false))
        {
            await recording.CheckAsync(request.Expressions, ct).ConfigureAwait(false);
            try
            {
                await recording.RunAsync(what, host, ct).ConfigureAwait(false);
            }
            finally
            {
                capture?.PassOn(host.Error.Profile.Out.Writer);
            }

            var reopen = new ReopenCommand(request, recording.Entry, recording.End, recording.LastWithFrames);
            var answers = await AskConditionsAsync(recording, capture, reopen, ct).ConfigureAwait(false);
            if (answers.All(a => a.Result == BisectResult.Transition))
            {
                var from = answers.SelectMany(a => a.Transitions.Take(capture is null ? 0 : int.MaxValue)).LastOrDefault()?.At;
                answers.AddRange(await AskExpressionsAsync(recording, reopen, from, ct).ConfigureAwait(false));
            }

            return new BisectReport(recording.Backend, answers) { End = recording.End, RecordElapsed = recording.Elapsed };
        }
    }

    private async Task<List<BisectAnswer>> AskConditionsAsync(Recording recording, OutputCapture? capture, ReopenCommand reopen, CancellationToken ct)
    {
        var conditions = new Conditions(recording, request, reopen);
        List<Func<CancellationToken, Task<BisectAnswer>>> asked =
        [
            .. request.Exception is null ? (Func<CancellationToken, Task<BisectAnswer>>[])[] : [conditions.ExceptionAsync],
            .. request.ExitCode is null ? (Func<CancellationToken, Task<BisectAnswer>>[])[] : [conditions.ExitCodeAsync],
            .. capture is null ? (Func<CancellationToken, Task<BisectAnswer>>[])[] : [token => conditions.OutputAsync(capture, token)],
        ];
        var answers = new List<BisectAnswer>();
        foreach (var (question, ask) in Conditions.Questions(request).Zip(asked))
        {
            answers.Add(await AskAsync(question, ask, ct).ConfigureAwait(false));
        }

        return answers;
    }

    private async Task<List<BisectAnswer>> AskExpressionsAsync(Recording recording, ReopenCommand reopen, Ticks? start, CancellationToken ct)
    {
        var from = start ?? recording.LastWithFrames;
        var answers = new List<BisectAnswer>();
        foreach (var expression in request.Expressions)
        {
            answers.Add(await AskAsync(expression, token => SearchAsync(recording.Session, expression, from, reopen, token), ct).ConfigureAwait(false));
        }

        return answers;
    }

    private async Task<BisectAnswer> SearchAsync(DebugSession session, string expression, Ticks from, ReopenCommand reopen, CancellationToken ct)
    {
        if (session.Position.At != from)
        {
            await session.ExecuteAsync(new SessionCommand.Goto(from), ct).ConfigureAwait(false);
        }

        var scopes = await new ScopeFinder(session).ChooseAsync(expression, request.Function, ct).ConfigureAwait(false);
        var answer = await SearchAsync(session, expression, scopes[0], from, reopen, ct).ConfigureAwait(false);
        foreach (var outer in scopes.Skip(1).TakeWhile(_ => answer.Result == BisectResult.AlwaysBad))
        {
            // What was false when the call began was made so before, where a caller's names may mean the same thing.
            var further = await SearchAsync(session, expression, outer, from, reopen, ct).ConfigureAwait(false);
            answer = (further.Result == BisectResult.Transition ? further : answer) with { Evaluations = answer.Evaluations + further.Evaluations };
        }

        return answer;
    }

    private async Task<BisectAnswer> SearchAsync(DebugSession session, string expression, ChosenScope scope, Ticks from, ReopenCommand reopen, CancellationToken ct)
    {
        var report = await session.ReverseWatchAsync(new WatchQuery(expression, scope.Scope, request.Which) { Stays = true }, ct).ConfigureAwait(false);
        if (report.Result == WatchResult.NeverEvaluable)
        {
            throw new FredException(ErrorId.NeverEvaluable, $"'{expression}' never had a value in {scope.Text}. Check its names, or choose the frame they belong to with --frame FUNCTION.");
        }

        return new BisectAnswer(expression, report.Result switch
        {
            WatchResult.Transition => BisectResult.Transition,
            WatchResult.AlwaysGood => BisectResult.AlwaysGood,
            _ => BisectResult.AlwaysBad,
        })
        {
            Transitions = report.Transitions,
            Frame = scope.Text,
            Monotone = report.Monotone,
            Evaluations = report.Evaluations,
            Checkpoints = report.Checkpoints,
            Reopen = report.Transitions.Count > 0 ? reopen.Search(expression, scope, from, report.Transitions[^1].At) : null,
        };
    }

    /// <summary>Asks one question. What the program was given bounds the search, too; a short run still leaves it half a minute.</summary>
    private async Task<BisectAnswer> AskAsync(string question, Func<CancellationToken, Task<BisectAnswer>> ask, CancellationToken ct)
    {
        var allowed = (2 * request.Recording.Timeout) + TimeSpan.FromSeconds(30);
        var begun = host.Time.GetTimestamp();
        using var limit = allowed is { } time ? new CancellationTokenSource(time, host.Time) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            return await ask(either.Token).ConfigureAwait(false) with { Elapsed = host.Time.GetElapsedTime(begun) };
        }
        catch (Exception error) when (error is FredException { Id: ErrorId.Cancelled } or OperationCanceledException)
        {
            ct.ThrowIfCancellationRequested();
            return BisectAnswer.Failed(question, new FredException(ErrorId.TimedOut, $"The search took longer than the {allowed?.TotalSeconds} s that --timeout leaves it. Give it more, or less history with --until.", error));
        }
        catch (FredException error)
        {
            return BisectAnswer.Failed(question, error);
        }
    }
}
