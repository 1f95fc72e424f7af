using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;

namespace Fred.Cli;

/// <summary><c>fred demo</c>: Fred finds a bug in a real program, with comments.</summary>
internal static class DemoVerb
{
    /// <summary>Makes the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Build(CliHost host)
    {
        var which = new Argument<string>("python|gdb") { Description = "A Python program (the default), or a C program that crashes.", DefaultValueFactory = _ => "python" };
        var command = new Command("demo", "Watch Fred find the statement that broke a program's data, long before it failed.") { which };
        which.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: not ("python" or "gdb") } token])
            {
                result.AddError($"'{token.Value}' is no demonstration; there are python and gdb.");
            }
        });
        command.SetAction(async (result, _) =>
        {
            using var interrupts = new Interrupts();
            try
            {
                return await (result.GetValue(which) == "gdb" ? RunNativeAsync(host, interrupts) : RunPythonAsync(host, interrupts)).ConfigureAwait(false) ? ExitCode.Ok : ExitCode.Failed;
            }
            catch (OperationCanceledException) when (interrupts.Lifetime.IsCancellationRequested)
            {
                return ExitCode.Failed;
            }
        });
        return command;
    }

    private static Task<bool> RunPythonAsync(CliHost host, Interrupts interrupts) =>
        RunAsync(host, new PythonArguments { Script = Example(PythonDemo.Program) }, (context, view) => new PythonDemo(context, view, host.Time), interrupts);

    private static async Task<bool> RunNativeAsync(CliHost host, Interrupts interrupts)
    {
        var directory = Directory.CreateTempSubdirectory("fred-demo-");
        try
        {
            var program = await CompileAsync(Example(NativeDemo.Program), directory.FullName, interrupts.Lifetime).ConfigureAwait(false);
            return await RunAsync(host, new PythonArguments { Native = program }, (context, view) => new NativeDemo(context, view, host.Time), interrupts).ConfigureAwait(false);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string Example(string name) => Path.Combine(AppContext.BaseDirectory, "examples", name);

    private static async Task<bool> RunAsync(CliHost host, PythonArguments program, Func<ReplContext, IReplView, DemoScript> make, Interrupts interrupts)
    {
        var session = await Sitting.StartAsync(program, host, interrupts.Lifetime).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            var view = new ConsoleView(host.Console);
            return await make(new ReplContext(session, view.Console, new SourceCache()), view).RunAsync(interrupts).ConfigureAwait(false);
        }
    }

    /// <summary>Compiles the example as a user would.</summary>
    private static async Task<string> CompileAsync(string source, string directory, CancellationToken ct)
    {
        var program = Path.Combine(directory, Path.GetFileNameWithoutExtension(source));
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("cc", ["-g", "-O0", "-w", "-o", program, source]) { RedirectStandardError = true })!;
            var errors = await compiler.StandardError.ReadToEndAsync(ct).ConfigureAwait(false);
            await compiler.WaitForExitAsync(ct).ConfigureAwait(false);
            return compiler.ExitCode == 0 ? program : throw new FredException(ErrorId.LaunchFailed, $"{source} could not be compiled: {errors.Trim()}");
        }
        catch (Win32Exception error)
        {
            throw new FredException(ErrorId.LaunchFailed, "The C compiler 'cc' cannot be started; the demonstration compiles its program. Install one (Debian: apt-get install gcc libc6-dev).", error);
        }
    }
}
