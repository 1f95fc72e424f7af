using System.Net.Sockets;
using System.Text;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Fred.Backends.Tests;

/// <summary>Whoever connects, and whatever comes: the stub serves the next one.</summary>
public sealed class RspServerTests(ITestOutputHelper output)
{
    private const int Seed = 20261127;
    private const int Connections = 150;
    private const int MostPieces = 12;

    private static readonly string[] Starts =
        ["g", "G", "p1", "P", "m1000,", "M1000,", "X1000,", "Z0,", "z2,", "vCont;c", "vCont;s:", "vRun;", "bs", "bc", "s", "qXfer:threads:read::", "qXfer:features:read:target.xml:", "H", "Hg", "T", "?", "!", "QStartNoAckMode", "D", "q", "\u0003"];

    [Fact]
    public async Task Rubbish_EndsNothingButItsConnection()
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var directory = Directory.CreateTempSubdirectory("fred-rsp-");
        var server = new RspServer(Path.Combine(directory.FullName, "s"), () => new MemoryTarget());
        await using (server)
        {
            for (var i = 0; i < Connections; i++)
            {
                using var rubbish = await ConnectAsync(server.Path, timeout.Token);
                for (var pieces = random.Next(1, MostPieces); pieces > 0; pieces--)
                {
                    await TrySendAsync(rubbish, Piece(random), timeout.Token);
                }

                await DrainAsync(rubbish, timeout.Token);
            }

            using var gdb = await ConnectAsync(server.Path, timeout.Token);
            await gdb.SendAsync("+$qC#b4"u8.ToArray(), timeout.Token);
            (await ReadAsync(gdb, "+$QC1#c5".Length, timeout.Token)).ShouldBe("+$QC1#c5");
        }

        directory.Delete(recursive: true);
    }

    /// <summary>Noise, or a packet with a good or a bad sum.</summary>
    private static byte[] Piece(Random random)
    {
        var noise = new byte[random.Next(60)];
        random.NextBytes(noise);
        if (random.Next(4) == 0)
        {
            return noise;
        }

        byte[] data = [.. Encoding.Latin1.GetBytes(Starts[random.Next(Starts.Length)]), .. random.Next(3) == 0 ? noise : Encoding.ASCII.GetBytes($"{random.Next():x},{random.Next(9):x}")];
        var packet = RspCodec.Encode(data);
        if (random.Next(6) == 0)
        {
            packet[random.Next(packet.Length)] ^= (byte)(1 << random.Next(8));
        }

        return packet;
    }

    private static async Task<Socket> ConnectAsync(string path, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct);
        return socket;
    }

    private static async Task TrySendAsync(Socket socket, byte[] bytes, CancellationToken ct)
    {
        try
        {
            await socket.SendAsync(bytes, ct);
        }
        catch (SocketException)
        {
            // The stub has taken one of the packets for a leave.
        }
    }

    /// <summary>Until the stub has hung up, too.</summary>
    private static async Task DrainAsync(Socket socket, CancellationToken ct)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            var answers = new byte[4096];
            while (await socket.ReceiveAsync(answers, ct) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // It has hung up first.
        }
    }

    private static async Task<string> ReadAsync(Socket socket, int count, CancellationToken ct)
    {
        var bytes = new byte[count];
        for (var done = 0; done < count;)
        {
            var got = await socket.ReceiveAsync(bytes.AsMemory(done), ct);
            got.ShouldBeGreaterThan(0);
            done += got;
        }

        return Encoding.ASCII.GetString(bytes);
    }
}
