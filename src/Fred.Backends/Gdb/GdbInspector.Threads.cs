using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <content>Threads. gdb is shown one at a time: the one whose registers its view has.</content>
internal sealed partial class GdbInspector
{
    private const int MostFramesSearched = 30;

    /// <summary>Gets the number of the thread looked at.</summary>
    public int Thread => _view.Thread;

    /// <inheritdoc/>
    public async Task<StackPage> GetStackAsync(int thread, int start, int count, CancellationToken ct)
    {
        if (thread != 0 && thread != _view.Thread && (await _session.Process.ReadThreadsAsync().ConfigureAwait(false)).All(t => t.Number != thread))
        {
            throw new FredException(ErrorId.Usage, string.Create(CultureInfo.InvariantCulture, $"There is no thread {thread} here."));
        }

        return await Of(thread).GetStackAsync(start, count, ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ThreadInfo>> GetThreadsAsync(CancellationToken ct)
    {
        var threads = new List<ThreadInfo>();
        foreach (var thread in await _session.Process.ReadThreadsAsync().ConfigureAwait(false))
        {
            var stack = (await Of(thread.Number).GetStackAsync(0, MostFramesSearched, ct).ConfigureAwait(false)).Frames;
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

    /// <summary>Has gdb give up what it keeps for this inspector, which may be long after its process has moved on.</summary>
    /// <param name="commands">They look at no process.</param>
    public Task TidyAsync(IReadOnlyList<string> commands) => _context.Driver.TidyAsync(commands);

    /// <summary>Who looks at the thread in which a scope's frame is, if that is not this one. An activation lies on one thread's stack; a function is looked for in the one that stopped first.</summary>
    public async Task<GdbInspector?> OtherOfAsync(EvaluationScope scope, CancellationToken ct)
    {
        var found = this;
        if (scope is EvaluationScope.InFrame { Thread: not 0 } there)
        {
            found = Of(there.Thread);
        }
        else if (_session.Process.Halt.Threads > 1 && !_isOther && scope is EvaluationScope.InActivation or EvaluationScope.InFunction)
        {
            var threads = await _session.Process.ReadThreadsAsync().ConfigureAwait(false);
            found = scope is EvaluationScope.InActivation activation ? OwnerOf(AddressIn(activation.Activation), threads) : await FirstInAsync(scope, threads, ct).ConfigureAwait(false);
        }

        return found == this ? null : found;
    }

    /// <summary>The thread on whose stack an address is: the one whose stack pointer is the next below it. Only main's frame has no address, as gdb shows nothing that has called it.</summary>
    private GdbInspector OwnerOf(ulong address, IReadOnlyList<NativeThread> threads) => address == 0
        ? Of(1)
        : threads.Where(thread => thread.Sp <= address).MaxBy(thread => thread.Sp) is { } owner ? Of(owner.Number) : this;

    private async Task<GdbInspector> FirstInAsync(EvaluationScope scope, IReadOnlyList<NativeThread> threads, CancellationToken ct)
    {
        foreach (var thread in threads.OrderBy(thread => thread.Number != Thread))
        {
            var other = Of(thread.Number);
            if (await other.UseAsync(mi => other.FrameOfAsync(mi, scope, ct), ct).ConfigureAwait(false) is not null)
            {
                return other;
            }
        }

        return this;
    }

    private static ulong AddressIn(string activation) =>
        activation.Split(':') is [_, var address, ..] && ulong.TryParse(address, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
