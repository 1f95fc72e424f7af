namespace Fred.Dap;

/// <summary>All handlers, by command. A test compares the keys with the rows of <see cref="RequestGate"/>.</summary>
internal static class HandlerMap
{
    /// <summary>Makes the handlers of one connection.</summary>
    public static IReadOnlyDictionary<string, RequestHandler> Create(Sitting sitting, DapConnection connection, IDebuggeeLauncher launcher, string? token, IServerControl server)
    {
        var map = new Dictionary<string, RequestHandler>(StringComparer.Ordinal);
        var mover = new Mover(sitting, connection);
        new LifecycleHandlers(sitting, connection, launcher, mover, token).Register(map);
        new EndingHandlers(sitting, connection, server).Register(map);
        new ForwardHandlers(sitting, mover).Register(map);
        new ReverseHandlers(sitting, mover).Register(map);
        new BreakpointHandlers(sitting, new PastLogs(sitting, connection)).Register(map);
        new DataBreakpointHandlers(sitting).Register(map);
        new MachineHandlers(sitting, connection).Register(map);
        new StackHandlers(sitting).Register(map);
        new VariableHandlers(sitting, connection).Register(map);
        new EvaluateHandlers(sitting, connection, mover).Register(map);
        new TimelineHandlers(sitting).Register(map);
        return map;
    }
}
