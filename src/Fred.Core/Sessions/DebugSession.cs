using System.Threading.Channels;

namespace Fred.Core;

/// <summary>The one door for front ends (REPL, DAP, bisect): a user's sitting with one program and its timeline.</summary>
public sealed class DebugSession : IAsyncDisposable
{
    /// <summary>Gets what the sitting is doing.</summary>
    public SessionState State => throw new NotImplementedException();

    /// <summary>Gets where and why it last stopped.</summary>
    public StopEvent Stop => throw new NotImplementedException();

    /// <summary>Gets where in time it stands.</summary>
    public Position Position => throw new NotImplementedException();

    /// <summary>Gets the events, in order. One reader.</summary>
    public ChannelReader<SessionEvent> Events => throw new NotImplementedException();

    /// <summary>Gets the breakpoints.</summary>
    public IReadOnlyList<Breakpoint> Breakpoints => throw new NotImplementedException();

    /// <summary>Gets the checkpoints of the current branch, in time order.</summary>
    public IReadOnlyList<CheckpointInfo> Checkpoints => throw new NotImplementedException();

    /// <summary>Gets the branches.</summary>
    public IReadOnlyList<BranchInfo> Branches => throw new NotImplementedException();

    /// <summary>Gets the bookmarks.</summary>
    public IReadOnlyList<Bookmark> Bookmarks => throw new NotImplementedException();

    /// <summary>Gets the journal.</summary>
    public IReadOnlyList<JournalEntry> Journal => throw new NotImplementedException();

    /// <summary>Starts the program and stops it at its first statement (reason entry).</summary>
    public static Task<DebugSession> StartAsync(IBackend backend, SessionOptions options, TimeProvider time, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Carries out a movement. Cancelling a movement through the past returns to the old position; cancelling a live run pauses it where it is.</summary>
    public Task<StopEvent> ExecuteAsync(SessionCommand command, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Finds when an invariant broke, and stops before the statement that broke it.</summary>
    public Task<WatchReport> ReverseWatchAsync(WatchQuery query, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Runs a statement in the program: journalled at the live edge, the beginning of a new branch in the past.</summary>
    public Task<MutationResult> MutateAsync(Mutation mutation, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Gives a line to the backend's own debugger; breakpoints it changes are taken over, what it wants to move or change is left in the reply's action for the caller to carry out.</summary>
    public Task<BackendReply> ExecuteBackendAsync(string line, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>What the backend's debugger shows by itself at this stop.</summary>
    public Task<string> DisplayAsync(CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Reads the call stack at this stop.</summary>
    public Task<StackPage> GetStackAsync(int start, int count, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Evaluates an expression in a throw-away copy.</summary>
    public Task<Evaluation> EvaluateAsync(string expression, EvaluationScope scope, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Lists variables.</summary>
    public Task<IReadOnlyList<Variable>> GetVariablesAsync(VariableQuery query, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Completes what the user has typed.</summary>
    public Task<IReadOnlyList<string>> CompleteAsync(string text, int column, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Replaces the breakpoints.</summary>
    public Task SetBreakpointsAsync(IReadOnlyList<Breakpoint> breakpoints, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Takes a checkpoint here that is never thinned out.</summary>
    public Task<CheckpointInfo> TakeCheckpointAsync(CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Names this place in time.</summary>
    public Bookmark AddBookmark(string name) => throw new NotImplementedException();

    /// <summary>Renames the current branch.</summary>
    public void NameBranch(string name) => throw new NotImplementedException();

    /// <summary>Asks what runs now to stop. Any thread.</summary>
    public void Pause() => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
