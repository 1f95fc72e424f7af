using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;

namespace Fred.TestKit;

/// <summary>A small DAP client for tests. It keeps everything it has received, in order, so that tests state relative order and never wait for time.</summary>
/// <remarks>Has its own framing and encoding: what it shares with the server under test would not be tested.</remarks>
public sealed class DapClient : IAsyncDisposable
{
    private readonly Stream _toServer;
    private readonly PipeReader _fromServer;
    private readonly List<JsonObject> _log = [];
    private readonly List<(Func<JsonObject, bool> Wanted, int From, TaskCompletionSource<JsonObject> Found)> _waiters = [];
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly CancellationToken _timeout;
    private readonly Task _reading;
    private readonly Dictionary<string, int> _seen = [];
    private bool _closed;
    private int _seq;

    /// <summary>Initializes a new instance of the <see cref="DapClient"/> class.</summary>
    /// <param name="toServer">What the server reads.</param>
    /// <param name="fromServer">What the server writes.</param>
    /// <param name="timeout">Ends every wait: a test that hangs fails with what it had received.</param>
    public DapClient(Stream toServer, Stream fromServer, CancellationToken timeout)
    {
        _toServer = toServer;
        _fromServer = PipeReader.Create(fromServer);
        _timeout = timeout;
        _reading = Task.Run(ReadAllAsync, CancellationToken.None);
    }

    /// <summary>Gets or sets how requests of the server (runInTerminal) are answered: command and arguments to success.</summary>
    public Func<string, JsonObject, bool> OnRequest { get; set; } = (_, _) => false;

    /// <summary>Gets everything received so far.</summary>
    public IReadOnlyList<JsonObject> Log
    {
        get
        {
            lock (_lock)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>Sends a request and waits for its response, which must be a success.</summary>
    /// <returns>The response's body; empty when it has none.</returns>
    public async Task<JsonObject> RequestAsync(string command, JsonObject? arguments = null)
    {
        var response = await TryRequestAsync(command, arguments);
        return response["success"]!.GetValue<bool>() ? response["body"] as JsonObject ?? [] : throw new InvalidOperationException($"'{command}' failed: {response.ToJsonString()}");
    }

    /// <summary>Sends a request and waits for its response.</summary>
    public async Task<JsonObject> TryRequestAsync(string command, JsonObject? arguments = null) => await ResponseAsync(await SendAsync(command, arguments));

    /// <summary>Sends a request.</summary>
    /// <returns>Its number.</returns>
    public async Task<int> SendAsync(string command, JsonObject? arguments = null)
    {
        var seq = Interlocked.Increment(ref _seq);
        var request = new JsonObject { ["seq"] = seq, ["type"] = "request", ["command"] = command };
        if (arguments is not null)
        {
            request["arguments"] = arguments;
        }

        await SendTextAsync(request.ToJsonString());
        return seq;
    }

    /// <summary>Sends one framed message as it is.</summary>
    public Task SendTextAsync(string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        return SendBytesAsync([.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n")), .. body]);
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendBytesAsync(byte[] bytes)
    {
        await _writing.WaitAsync(_timeout);
        try
        {
            await _toServer.WriteAsync(bytes, _timeout);
            await _toServer.FlushAsync(_timeout);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Waits for the response to a request.</summary>
    public Task<JsonObject> ResponseAsync(int seq) => WaitAsync(m => IsResponse(m) && m["request_seq"]!.GetValue<int>() == seq, 0, $"the response to {seq}");

    /// <summary>Waits for the next event of a name, one that no call before has returned.</summary>
    /// <returns>Its body; empty when it has none.</returns>
    public async Task<JsonObject> EventAsync(string name)
    {
        int from;
        lock (_lock)
        {
            from = _seen.GetValueOrDefault(name);
        }

        var found = await WaitAsync(m => m["type"]!.GetValue<string>() == "event" && m["event"]!.GetValue<string>() == name, from, $"the event {name}");
        lock (_lock)
        {
            _seen[name] = _log.IndexOf(found) + 1;
        }

        return found["body"] as JsonObject ?? [];
    }

    /// <summary>Where in the log a message is, for statements about order; -1 when it never came.</summary>
    public int IndexOf(Func<JsonObject, bool> wanted) => Log.ToList().FindIndex(m => wanted(m));

    /// <summary>Whether a message is this event.</summary>
    public static Func<JsonObject, bool> Event(string name) => m => m["event"]?.GetValue<string>() == name;

    /// <summary>Whether a message is a response to this command.</summary>
    public static Func<JsonObject, bool> Response(string command) => m => IsResponse(m) && m["command"]!.GetValue<string>() == command;

    /// <summary>Waits until the server has closed its stream.</summary>
    public Task ClosedAsync() => _reading.WaitAsync(_timeout);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _toServer.DisposeAsync();
        await _reading.WaitAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
        _writing.Dispose();
    }

    private static bool IsResponse(JsonObject message) => message["type"]!.GetValue<string>() == "response";

    private async Task<JsonObject> WaitAsync(Func<JsonObject, bool> wanted, int from, string what)
    {
        TaskCompletionSource<JsonObject> found;
        lock (_lock)
        {
            if (_log.Skip(from).FirstOrDefault(wanted) is { } there)
            {
                return there;
            }

            found = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_closed)
            {
                found.SetException(Missing(what, "the server closed the stream"));
            }
            else
            {
                _waiters.Add((wanted, from, found));
            }
        }

        try
        {
            return await found.Task.WaitAsync(_timeout);
        }
        catch (OperationCanceledException)
        {
            throw Missing(what, "time is up");
        }
    }

    private InvalidOperationException Missing(string what, string why) =>
        new($"Waiting for {what}: {why}. Received:\n{string.Join('\n', Log.Select(m => m.ToJsonString()))}");

    private async Task ReadAllAsync()
    {
        try
        {
            while (await ReadAsync() is { } message)
            {
                Take(message);
                if (message["type"]!.GetValue<string>() == "request")
                {
                    await AnswerAsync(message);
                }
            }
        }
        finally
        {
            lock (_lock)
            {
                _closed = true;
                _waiters.ForEach(w => w.Found.TrySetException(new EndOfStreamException("The server closed the stream.")));
            }
        }
    }

    private void Take(JsonObject message)
    {
        lock (_lock)
        {
            _log.Add(message);
            foreach (var waiter in _waiters.Where(w => _log.Count > w.From && w.Wanted(message)).ToList())
            {
                _waiters.Remove(waiter);
                waiter.Found.SetResult(message);
            }
        }
    }

    private Task AnswerAsync(JsonObject request)
    {
        var success = OnRequest(request["command"]!.GetValue<string>(), request["arguments"] as JsonObject ?? []);
        return SendTextAsync(new JsonObject
        {
            ["seq"] = Interlocked.Increment(ref _seq),
            ["type"] = "response",
            ["request_seq"] = request["seq"]!.GetValue<int>(),
            ["command"] = request["command"]!.GetValue<string>(),
            ["success"] = success,
            ["message"] = success ? null : "the test refuses",
        }.ToJsonString());
    }

    private async Task<JsonObject?> ReadAsync()
    {
        var length = 0;
        for (var line = await ReadLineAsync(); line is not { Length: 0 }; line = await ReadLineAsync())
        {
            if (line is null)
            {
                return null;
            }

            length = int.Parse(line["Content-Length: ".Length..], CultureInfo.InvariantCulture);
        }

        var result = await _fromServer.ReadAtLeastAsync(length);
        var body = result.Buffer.Slice(0, length);
        var message = (JsonObject)JsonNode.Parse(Encoding.UTF8.GetString(body))!;
        _fromServer.AdvanceTo(body.End);
        return message;
    }

    private async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            var result = await _fromServer.ReadAsync();
            if (result.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.ASCII.GetString(result.Buffer.Slice(0, end)).TrimEnd('\r');
                _fromServer.AdvanceTo(result.Buffer.GetPosition(1, end));
                return line;
            }

            if (result.IsCompleted)
            {
                return null;
            }

            _fromServer.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
