using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>The one gdb of a session, which looks at one stopped process after the other.</summary>
/// <remarks>
/// gdb is connected to the stub once and never notices that the stub shows it another process: between two of them its register and frame caches are emptied; memory it does not keep
/// (<see cref="GdbProcess"/> switches that off). gdb never moves the program, so it keeps nothing else. Calls take turns.
/// </remarks>
internal sealed class GdbDriver : IAsyncDisposable
{
    private static readonly Version Oldest = new(12, 1);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly GdbProcess _gdb;
    private readonly RspServer _server;
    private readonly string _program;
    private HashSet<ulong> _usersAddresses = [];
    private InspectedProcess? _seen;
    private bool _isConnected;
    private int _thread;
    private bool _isStale;

    private GdbDriver(GdbProcess gdb, string socket, string program)
    {
        _gdb = gdb;
        _program = program;
        _server = new RspServer(socket, () => _seen ?? throw new FredException(ErrorId.NotNow, "There is no stopped process to look at."));
    }

    /// <summary>Starts gdb and loads the program's symbols.</summary>
    /// <param name="gdb">Its path or name.</param>
    /// <param name="program">The program's path.</param>
    /// <param name="workingDirectory">Where relative file names begin.</param>
    /// <param name="directory">The session's private directory.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <returns>gdb, not yet connected.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.GdbNotFound"/> or <see cref="ErrorId.GdbUnsupported"/>.</exception>
    public static async Task<GdbDriver> StartAsync(string gdb, string program, string? workingDirectory, string directory, CancellationToken ct)
    {
        var process = await GdbProcess.StartAsync(gdb, workingDirectory, ct).ConfigureAwait(false);
        var driver = new GdbDriver(process, Path.Combine(directory, "gdb.sock"), program);
        try
        {
            await CheckVersionAsync(process.Mi, gdb, ct).ConfigureAwait(false);
            await process.Mi.DoAsync("-file-exec-and-symbols " + MiParser.Quote(program), ct).ConfigureAwait(false);
            return driver;
        }
        catch
        {
            await driver.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Asks a gdb for its version.</summary>
    /// <param name="mi">gdb.</param>
    /// <param name="gdb">What the user called it.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The version.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.GdbUnsupported"/>.</exception>
    public static async Task<Version> CheckVersionAsync(MiConnection mi, string gdb, CancellationToken ct)
    {
        var version = new Version(await NumberAsync(mi, "$_gdb_major", ct).ConfigureAwait(false), await NumberAsync(mi, "$_gdb_minor", ct).ConfigureAwait(false));
        return version >= Oldest ? version : throw new FredException(
            ErrorId.GdbUnsupported, $"\"{gdb}\" is version {version} or older; Fred needs {Oldest} or newer and is tested with 13.1. Install a newer one (Debian: apt-get install gdb), or name one with --gdb PATH.");
    }

    /// <summary>Makes gdb's view of a process.</summary>
    /// <param name="process">Stopped.</param>
    /// <param name="direct">Whether gdb's writes go to the process itself.</param>
    /// <param name="thread">Number of the thread looked at; 0 for the one that stopped.</param>
    /// <returns>The view; the caller disposes it.</returns>
    public InspectedProcess View(NativeProcess process, bool direct = false, int thread = 0) => new(process, _program, address => _usersAddresses.Contains(address), direct, thread);

    /// <summary>Remembers where the user's breakpoints are: calls of functions do not stop there.</summary>
    /// <param name="addresses">All of them.</param>
    public void UserBreakpoints(IEnumerable<ulong> addresses) => _usersAddresses = [.. addresses];

    /// <summary>Lets gdb look at a process.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="view">Of the process.</param>
    /// <param name="look">The looking; commands go to the connection given.</param>
    /// <param name="ct">Cancels the waiting.</param>
    /// <returns>What was seen.</returns>
    public async Task<T> UseAsync<T>(InspectedProcess view, Func<MiConnection, Task<T>> look, CancellationToken ct)
    {
        await _turn.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            await ShowAsync(view, ct).ConfigureAwait(false);
            var result = await look(_gdb.Mi).ConfigureAwait(false);
            _isStale |= view.IsDiverted;
            return result;
        }
        catch
        {
            _isStale = true;
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Gives gdb commands that look at no process, so that none has to stand still for them.</summary>
    /// <param name="commands">What they answer is not of interest.</param>
    public async Task TidyAsync(IReadOnlyList<string> commands)
    {
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            foreach (var command in commands)
            {
                await _gdb.Mi.AskAsync(command, CancellationToken.None).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes a view away from gdb, before its process goes.</summary>
    /// <param name="process">The process.</param>
    public async Task ForgetAsync(NativeProcess process)
    {
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        if (_seen?.Process == process)
        {
            (_seen, _isStale) = (null, true);
        }

        _turn.Release();
    }

    /// <summary>Runs a command that changes the program itself.</summary>
    /// <param name="head">The live program.</param>
    /// <param name="mutation">The command, in gdb's language.</param>
    /// <param name="ct">Cancels before it begins.</param>
    /// <returns>What gdb printed.</returns>
    public async Task<MutationResult> ChangeAsync(NativeProcess head, Mutation mutation, CancellationToken ct)
    {
        var view = View(head, direct: true, mutation.Thread);
        await using (view.ConfigureAwait(false))
        {
            return await UseAsync(
                view,
                async mi =>
                {
                    await mi.DoAsync(string.Create(CultureInfo.InvariantCulture, $"-stack-select-frame {mutation.FrameIndex}"), ct).ConfigureAwait(false);
                    var reply = await mi.RunAsync("-interpreter-exec console " + MiParser.Quote(mutation.Source), CancellationToken.None).ConfigureAwait(false);
                    if (view.HasAssigned && view.IsDiverted && view.Thread != head.Halt.Thread)
                    {
                        return new MutationResult(false, "The registers of a thread can be changed only where it has stopped itself.\n");
                    }

                    if (view.HasAssigned && view.IsDiverted)
                    {
                        await head.WriteRegistersAsync(await view.ReadRegistersAsync(CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);
                    }

                    _isStale = true;
                    return new MutationResult(!reply.IsError, reply.IsError ? reply.Error + "\n" : reply.Console);
                },
                ct).ConfigureAwait(false);
        }
    }

    /// <summary>Asks gdb what a function is called.</summary>
    /// <param name="process">Any stopped process.</param>
    /// <param name="function">The function.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Its name without parameters, as gdb shows frames; null when gdb does not know.</returns>
    public async Task<string?> FunctionNameAsync(NativeProcess process, FunctionSymbol function, CancellationToken ct)
    {
        var view = View(process);
        await using (view.ConfigureAwait(false))
        {
            return await UseAsync(
                view,
                async mi =>
                {
                    var reply = await mi.AskAsync(string.Create(CultureInfo.InvariantCulture, $"-data-disassemble -s {function.Start} -e {function.Start + 1} -- 0"), ct).ConfigureAwait(false);
                    return reply.IsError || reply.Results["asm_insns"].Items is not [var first, ..] ? null : WithoutParameters(first.FindText("func-name"));
                },
                ct).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gdb.DisposeAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private static string? WithoutParameters(string? name)
    {
        foreach (var qualifier in (ReadOnlySpan<string>)[" const", " volatile", " &&", " &"])
        {
            name = name is not null && name.EndsWith(qualifier, StringComparison.Ordinal) ? name[..^qualifier.Length] : name;
        }

        if (name is null || !name.EndsWith(')'))
        {
            return name;
        }

        // "N::operator()(int)": the last parenthesis that opens at the outermost level.
        var depth = 0;
        for (var i = name.Length - 1; i > 0; i--)
        {
            depth += name[i] switch { ')' => 1, '(' => -1, _ => 0 };
            if (depth == 0)
            {
                return name[..i];
            }
        }

        return name;
    }

    private async Task ShowAsync(InspectedProcess view, CancellationToken ct)
    {
        // Also another view of the same process: it may have run meanwhile, and gdb has not seen it run.
        var changed = !ReferenceEquals(_seen, view) || _isStale;
        _seen = view;
        if (!_isConnected)
        {
            await _gdb.Mi.RunAsync("-target-select remote " + _server.Path, ct).ConfigureAwait(false);
            _isConnected = true;
        }
        else if (changed)
        {
            await _gdb.Mi.DoAsync("-interpreter-exec console \"maintenance flush register-cache\"", ct).ConfigureAwait(false);
        }

        if (_thread != view.Thread)
        {
            // What conditions of breakpoints for one thread ask for.
            await _gdb.Mi.DoAsync(string.Create(CultureInfo.InvariantCulture, $"-interpreter-exec console \"set $thread = {view.Thread}\""), ct).ConfigureAwait(false);
            _thread = view.Thread;
        }

        _isStale = false;
    }

    private static async Task<int> NumberAsync(MiConnection mi, string variable, CancellationToken ct)
    {
        var reply = await mi.AskAsync("-data-evaluate-expression " + variable, ct).ConfigureAwait(false);
        return !reply.IsError && int.TryParse(reply.Results.FindText("value"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }
}
