using System.Text.Json;
using Shouldly;
using Xunit;

namespace Fred.EndToEnd.Tests;

/// <summary>What goes wrong with images and saved sessions is said, and does the program no harm. Where DMTCP itself is not needed for it, a few lines of shell stand for it.</summary>
public sealed class DurableFailureTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fred-fail-");

    public DurableFailureTests() => Skip.IfNot(File.Exists(Python), $"{Python} is not there");

    private string Disk => _directory.CreateSubdirectory("disk").FullName;

    public void Dispose() => _directory.Delete(recursive: true);

    [SkippableTheory]
    [InlineData("one", "")]
    [InlineData("--archive DISK/one.fred", "DATA")]
    public async Task SavingToAFullDisk_IsSaid_LeavesNothing_AndTheSessionGoesOn(string target, string data)
    {
        var program = Write("read.py", "import os", "data = os.urandom(3000000)", "x = 1");
        var place = data.Length > 0 ? _directory.CreateSubdirectory("data").FullName : Disk;
        string[] fred = [FredProcess.Path, "python", "--jsonl", "--python", Python, "-ex", "continue", "-ex", $"save {target.Replace("DISK", Disk, StringComparison.Ordinal)}", "-ex", "rs", "-ex", "p x + 1", program];
        var run = await FredProcess.WithDiskAsync(Disk, "1m", [$"XDG_DATA_HOME={place}", "sh", "-c", $"\"$@\"; echo $?; find {Disk} {place} -type f", "sh", .. fred]);
        run.Output.ShouldSatisfyAllConditions(o => o.ShouldContain("\"id\":\"SessionUnusable\""), o => o.ShouldContain("\"output\":\"2\\n\""), o => o.ShouldEndWith("}\n0\n"));
    }

    [SkippableFact]
    public async Task WithoutRoomForImages_IntervalsHaveForksOnly_CheckpointSaysSo_AndTheProgramGoesOn()
    {
        FredProcess.RequireDmtcp();
        // There is room for the image of the beginning, which every session has, but not for one with the heap in it.
        var program = Write("long.py", "import time", "heap = b'x' * (60 << 20)", "t = time.monotonic()", "x = 0", "while time.monotonic() < t + 1:", "    x += sum(range(1000)) > 0", "print('done')");
        string[] commands = ["next", "next", "checkpoint", "continue", "rs", "p x > 1000", "checkpoints"];
        var run = await FredProcess.WithDiskAsync(
            Disk, "140m", [$"TMPDIR={Disk}", FredProcess.Path, "python", "--jsonl", "--python", Python, "--checkpointer", "dmtcp", "--interval", "0.2", .. commands.SelectMany(c => (string[])["-ex", c]), program]);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        lines[3].GetProperty("error").GetProperty("id").GetString().ShouldBe("DmtcpFailed", run.Output);
        lines[3].GetProperty("error").GetProperty("message").GetString()!.ShouldContain("has room for");
        lines[4].GetProperty("stop").GetProperty("reason").GetString().ShouldBe("exit");
        lines[6].GetProperty("output").GetString().ShouldBe("True\n");
        lines[7].GetProperty("output").GetString()!.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBeGreaterThan(2);
        run.Error.ShouldContain("done");
    }

    [SkippableFact]
    public async Task WithoutRoomForTheFirstImage_NothingIsStarted()
    {
        FredProcess.RequireDmtcp();
        var run = await FredProcess.WithDiskAsync(Disk, "30m", [$"TMPDIR={Disk}", FredProcess.Path, "python", "--python", Python, "--checkpointer", "dmtcp", "-ex", "continue", Write("one.py", "print('ran')")]);
        (run.Code, run.Error.Contains("has room for", StringComparison.Ordinal), run.Error.Contains("[DmtcpFailed]", StringComparison.Ordinal)).ShouldBe((3, true, true), run.Error);
        run.Output.ShouldNotContain("ran");
    }

    [SkippableFact]
    public async Task TooFewOpenFiles_AreSaid()
    {
        FredProcess.RequireDmtcp();
        var run = await FredProcess.StartAsync("sh", string.Empty, "-c", "ulimit -n 512; exec \"$@\"", "sh", FredProcess.Path, "python", "--python", Python, "--checkpointer", "dmtcp", "-ex", "continue", Write("one.py", "print('ran')"));
        (run.Code, run.Error.Contains("ulimit -n", StringComparison.Ordinal), run.Error.Contains("[DmtcpFailed]", StringComparison.Ordinal)).ShouldBe((3, true, true), run.Error);
    }

    [SkippableTheory]
    [InlineData("(DMTCP) 4.0.1", "exit 0", "[DmtcpMissing]", "version 4.0; DMTCP 5.0 or newer")]
    [InlineData("no version", "exit 0", "[DmtcpMissing]", "an unknown version")]
    [InlineData("(DMTCP) 5.0.0", "echo failed to create listen socket for port 0 | tee -a ${JALIB_STDERR_PATH:-/dev/null} >&2; exit 99", "[DmtcpFailed]", "failed to create listen socket")]
    public async Task WhatDmtcpLacks_IsSaid_AndNothingIsLeft(string version, string coordinator, string id, string why)
    {
        var tools = _directory.CreateSubdirectory("tools").FullName;
        foreach (var (name, text) in new[] { ("dmtcp_launch", $"echo '{version}'"), ("dmtcp_restart", "exit 1"), ("dmtcp_coordinator", coordinator), ("dmtcp_command", "exit 2") })
        {
            await File.WriteAllTextAsync(Path.Combine(tools, name), $"#!/bin/sh\n{text}\n");
        }

        (await FredProcess.StartAsync("chmod", string.Empty, "-R", "+x", tools)).Code.ShouldBe(0);
        var temp = _directory.CreateSubdirectory("temp").FullName;
        string[] variables = [$"FRED_DMTCP={tools}", $"TMPDIR={temp}", $"FRED_WORKSPACES={temp}"];
        var debugged = await FredProcess.StartAsync("env", string.Empty, [.. variables, FredProcess.Path, "python", "--python", Python, "--checkpointer", "dmtcp", "-ex", "continue", Write("one.py", "x = 1")]);
        (debugged.Code, debugged.Error.Contains(id, StringComparison.Ordinal)).ShouldBe((3, true), debugged.Error);
        debugged.Error.ShouldContain(why);
        var saved = await FredProcess.StartAsync("env", string.Empty, [.. variables, FredProcess.Path, "workspace", "run", "--", "true"]);
        (saved.Code, saved.Error.Contains(id, StringComparison.Ordinal)).ShouldBe((3, true), saved.Error);
        // The runtime's own sockets stay when fred becomes another program.
        Directory.EnumerateFileSystemEntries(temp).Where(entry => !entry.Contains("/dotnet-", StringComparison.Ordinal) && !entry.Contains("/clr-", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private string Write(string name, params string[] lines)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllLines(path, lines);
        return path;
    }
}
