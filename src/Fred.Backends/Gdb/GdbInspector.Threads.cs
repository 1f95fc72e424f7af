using Fred.Core;

namespace Fred.Backends;

/// <content>Threads. gdb is shown one at a time: the one whose registers its view has.</content>
internal sealed partial class GdbInspector
{
    private const int MostFramesSearched = 30;

    /// <summary>Gets the number of the thread looked at.</summary>
    public int Thread => _view.Thread;

    /// <inheritdoc/>
    public Task<StackPage> GetStackAsync(int thread, int start, int count, CancellationToken ct) => Of(thread).GetStackAsync(start, count, ct);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ThreadInfo>> GetThreadsAsync(CancellationToken ct)
    {
        var threads = new List<ThreadInfo>();
        foreach (var thread in await _session.Process.ReadThreadsAsync().ConfigureAwait(false))
        {
            var stack = (await GetStackAsync(thread.Number, 0, MostFramesSearched, ct).ConfigureAwait(false)).Frames;
            threads.Add(new ThreadInfo(thread.Number, thread.Name, thread.Number == _session.Process.Halt.Thread, IsDaemon: false, stack.FirstOrDefault(frame => frame.IsUserCode) ?? (stack.Count > 0 ? stack[0] : null)));
        }

        return threads;
    }

    /// <summary>The same for another thread.</summary>
    /// <param name="thread">Its number; 0 for the one that stopped.</param>
    /// <returns>This one, or one that lives as long.</returns>
    public GdbInspector Of(int thread)
    {
        if (thread == 0 || thread == _view.Thread)
        {
            return this;
        }

        if (!_others.TryGetValue(thread, out var other))
        {
            _others[thread] = other = new GdbInspector(_session, _context, thread);
        }

        return other;
    }

    /// <summary>Has gdb carry out a command that only looks.</summary>
    /// <param name="command">For gdb's console.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>What it says, also when that is an error.</returns>
    public Task<string> TellAsync(string command, CancellationToken ct) => UseAsync(
        async mi =>
        {
            await SelectAsync(mi, 0, ct).ConfigureAwait(false);
            var reply = await mi.RunAsync("-interpreter-exec console " + MiParser.Quote(command), ct).ConfigureAwait(false);
            return reply.IsError ? reply.Error + "\n" : reply.Console;
        },
        static (changes, output) => changes.HasAssigned || changes.WantedToMove
            ? throw new FredException(ErrorId.NotNow, "thread apply is for commands that only look. Select a thread with 'thread N' to change something in it.")
            : changes.Output + output,
        ct);

    /// <summary>Who looks at the thread of a scope, if that is not this one.</summary>
    private GdbInspector? OtherOf(EvaluationScope scope) => scope is EvaluationScope.InFrame { Thread: not 0 } there && Of(there.Thread) is var other && other != this ? other : null;
}
