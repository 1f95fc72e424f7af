namespace Fred.Dap;

/// <summary>Changes the program: at the live edge it goes on changed, in the past a new branch of its history begins.</summary>
internal static class ProgramChange
{
    /// <summary>Runs a statement in the program and tells the client that what it shows is out of date.</summary>
    /// <param name="sitting">The sitting.</param>
    /// <param name="connection">The client.</param>
    /// <param name="mutation">The statement.</param>
    /// <param name="ct">Cancels before the statement starts.</param>
    /// <returns>What it printed.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.BadExpression"/>: the statement raised; what it did before that stays done.</exception>
    public static async Task<string> MakeAsync(Sitting sitting, DapConnection connection, Mutation mutation, CancellationToken ct)
    {
        DebugSession session = sitting.Session;
        BranchId before = session.Position.Branch;
        int journal = session.Journal.Count;
        MutationResult result = await session.MutateAsync(mutation, ct).ConfigureAwait(false);
        sitting.Travel.UndoMarks.Note(journal, session.Journal.Count);
        sitting.Handles.Reset();
        if (session.Position.Branch != before)
        {
            string name = StopAnnouncer.ToBody(session.Position, session).Branch;
            connection.SendOutput("console", $"The past was changed: from here on this is branch '{name}'. The old future is kept; switch back with fred-switch.");
        }
        if (!result.Succeeded)
        {
            throw new FredException(ErrorId.BadExpression, result.Output.Trim());
        }
        if (sitting.Client.SupportsInvalidatedEvent == true)
        {
            connection.SendEvent("invalidated", new InvalidatedBody(["all"]));
        }
        return result.Output;
    }
}
