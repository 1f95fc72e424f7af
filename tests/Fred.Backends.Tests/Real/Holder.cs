namespace Fred.Backends.Tests;

/// <summary>A process that holds a session until it is killed: started by the tests of what kill -9 leaves behind.</summary>
internal static class Holder
{
    public static async Task<int> Main(string[] args)
    {
        if (args is not ["hold", var python, var program])
        {
            return 2;
        }

        await using var backend = new PdbBackend(new PdbOptions { Python = python, Program = program, OutputToError = true });
        var head = await backend.StartAsync(CancellationToken.None);
        await backend.Checkpoints.SaveAsync(head, CancellationToken.None);
        Console.WriteLine(backend.CurrentHost!.Directory.Path);
        await head.RunAsync(new Core.RunRequest(Core.Ticks.Never), CancellationToken.None);
        return 0;
    }
}
