using System.IO.Pipelines;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Fred.TestKit;
using Shouldly;

namespace Fred.Dap.Tests;

/// <summary>A server with a scripted program behind it and a client in front. Disposing checks that nothing is left of the program.</summary>
internal sealed class DapFixture : IAsyncDisposable, IDebuggeeLauncher
{
    private readonly Pipe _toServer = new();
    private readonly Pipe _fromServer = new();
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(30));
    private readonly CancellationTokenSource _kill = new();
    private readonly DapServer _server;
    private readonly ScriptedProgram _program;

    public DapFixture(string program = "x = 1\n")
    {
        _program = new ScriptedProgram(program);
        _server = new DapServer(_toServer.Reader.AsStream(), _fromServer.Writer.AsStream(), this, TimeProvider.System);
        Serving = ServeAsync();
        Client = new DapClient(_toServer.Writer.AsStream(), _fromServer.Reader.AsStream(), _timeout.Token);
    }

    /// <summary>Gets the client.</summary>
    public DapClient Client { get; }

    /// <summary>Gets a task that ends with the server.</summary>
    public Task<string?> Serving { get; }

    /// <summary>Gets the backends made, in order.</summary>
    public List<ScriptedBackend> Backends { get; } = [];

    /// <summary>Gets the last backend made.</summary>
    public ScriptedBackend Backend => Backends[^1];

    /// <summary>Gets the settings of the last launch.</summary>
    public LaunchSettings? Settings { get; private set; }

    /// <summary>Gets or sets what happens in a launch before the backend is made.</summary>
    public Func<LaunchSettings, IEditorTerminal?, CancellationToken, Task> OnLaunch { get; set; } = (_, _, _) => Task.CompletedTask;

    /// <summary>Gets or sets what is done to each backend made.</summary>
    public Action<ScriptedBackend> Prepare { get; set; } = _ => { };

    /// <summary>Gets the program's output, to be written by tests.</summary>
    public Channel<DebuggeeOutput> Output { get; } = Channel.CreateUnbounded<DebuggeeOutput>();

    /// <summary>Gets where the program is.</summary>
    public string File => _program.File;

    public async Task<Debuggee> LaunchAsync(LaunchSettings settings, IEditorTerminal? terminal, CancellationToken ct)
    {
        Settings = settings;
        await OnLaunch(settings, terminal, ct);
        var backend = new ScriptedBackend(_program);
        Prepare(backend);
        Backends.Add(backend);
        return new Debuggee(backend, new SessionOptions(), Output.Reader);
    }

    /// <summary>Starts the program and stands before its first statement.</summary>
    /// <param name="configure">What is done between initialized and configurationDone.</param>
    /// <param name="launch">More launch settings.</param>
    /// <param name="initialize">More about the client.</param>
    public async Task<JsonObject> StartAsync(Func<Task>? configure = null, JsonObject? launch = null, JsonObject? initialize = null)
    {
        await RunToAsync(configure, Merge(new() { ["stopOnEntry"] = true }, launch), initialize);
        return await Client.EventAsync("stopped");
    }

    /// <summary>Starts the program and lets it run.</summary>
    public async Task RunToAsync(Func<Task>? configure = null, JsonObject? launch = null, JsonObject? initialize = null)
    {
        await Client.RequestAsync("initialize", Merge(new() { ["adapterID"] = "fred", ["supportsProgressReporting"] = true, ["supportsInvalidatedEvent"] = true }, initialize));
        var launching = await Client.SendAsync("launch", Merge(new() { ["program"] = File }, launch));
        await Client.EventAsync("initialized");
        if (configure is not null)
        {
            await configure();
        }

        await Client.RequestAsync("configurationDone");
        (await Client.ResponseAsync(launching))["success"]!.GetValue<bool>().ShouldBeTrue();
    }

    /// <summary>Gives a movement and waits for its stop.</summary>
    public async Task<JsonObject> MoveAsync(string command, JsonObject? arguments = null)
    {
        await Client.RequestAsync(command, arguments ?? new() { ["threadId"] = 1 });
        return await Client.EventAsync("stopped");
    }

    /// <summary>Sets line breakpoints in the program.</summary>
    public async Task<JsonArray> BreakAsync(params JsonObject[] breakpoints) => (JsonArray)(await Client.RequestAsync("setBreakpoints", new()
    {
        ["source"] = new JsonObject { ["path"] = File },
        ["breakpoints"] = new JsonArray(breakpoints),
    }))["breakpoints"]!;

    /// <summary>Sets line breakpoints in the program.</summary>
    public Task<JsonArray> BreakAsync(params int[] lines) => BreakAsync([.. lines.Select(line => new JsonObject { ["line"] = line })]);

    /// <summary>Evaluates in the innermost frame, as a watch does.</summary>
    public async Task<string> EvaluateAsync(string expression) =>
        (await Client.RequestAsync("evaluate", new() { ["expression"] = expression, ["context"] = "watch" }))["result"]!.GetValue<string>();

    /// <summary>The line of the innermost frame.</summary>
    public async Task<int> LineAsync() => (await StackAsync())[0]!["line"]!.GetValue<int>();

    /// <summary>The stack.</summary>
    public async Task<JsonArray> StackAsync() => (JsonArray)(await Client.RequestAsync("stackTrace", new() { ["threadId"] = 1 }))["stackFrames"]!;

    /// <summary>Ends the server as a killed process would end.</summary>
    public Task KillAsync() => _kill.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Serving.WaitAsync(TimeSpan.FromSeconds(10));
        foreach (var backend in Backends)
        {
            (backend.AliveSessions, backend.OpenInspectors, backend.ParkedCheckpoints).ShouldBe((0, 0, 0));
        }

        _server.Dispose();
        _timeout.Dispose();
        _kill.Dispose();
    }

    private static JsonObject Merge(JsonObject into, JsonObject? from)
    {
        foreach (var (name, value) in from ?? [])
        {
            into[name] = value?.DeepClone();
        }

        return into;
    }

    private async Task<string?> ServeAsync()
    {
        try
        {
            return await _server.RunAsync(_kill.Token);
        }
        finally
        {
            await _fromServer.Writer.CompleteAsync();
            await _toServer.Reader.CompleteAsync();
        }
    }
}
