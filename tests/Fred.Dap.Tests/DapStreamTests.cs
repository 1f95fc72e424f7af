using System.IO.Pipelines;
using System.Text;
using Shouldly;

namespace Fred.Dap.Tests;

public sealed class DapStreamTests
{
    [Theory]
    [InlineData("Content-Length: 2\r\n\r\n{}")]
    [InlineData("content-length:2\r\n\r\n{}")]
    [InlineData("Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("Content-Length: 2\n\n{}")]
    public async Task Read_TakesEveryFormOfHeader(string text)
    {
        var stream = Over(text);

        (await stream.ReadAsync(default)).ShouldBeOfType<DapFrame.Message>().Body.ShouldBe("{}"u8.ToArray());
        (await stream.ReadAsync(default)).ShouldBeNull();
    }

    [Fact]
    public async Task Read_SeesTheSameMessages_HoweverTheBytesAreCut()
    {
        const string Text = "Content-Length: 7\r\n\r\n{\"a\":1}Content-Length: 2\r\n\r\n{}Content-Length: 0\r\n\r\n";
        var bytes = Encoding.UTF8.GetBytes(Text);
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var pipe = new Pipe();
            var stream = new DapStream(pipe.Reader, new Pipe().Writer);
            var reading = ReadAllAsync(stream);
            await pipe.Writer.WriteAsync(bytes.AsMemory(0, cut));
            await pipe.Writer.WriteAsync(bytes.AsMemory(cut));
            await pipe.Writer.CompleteAsync();

            (await reading).ShouldBe(["{\"a\":1}", "{}", ""]);
        }
    }

    [Theory]
    [InlineData("Content-Length: x\r\n\r\n")]
    [InlineData("Content-Length: -1\r\n\r\n")]
    [InlineData("Content-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("Content-Type: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("\r\n\r\n")]
    public async Task Read_RefusesWhatIsNoHeader(string text) =>
        await Should.ThrowAsync<DapFramingException>(async () => await Over(text).ReadAsync(default));

    [Fact]
    public async Task Read_RefusesAHeaderWithoutEnd() =>
        await Should.ThrowAsync<DapFramingException>(async () => await Over(new string('a', DapStream.MaxHeader + 1)).ReadAsync(default));

    [Theory]
    [InlineData("Content-Length: 5")]
    [InlineData("Content-Length: 5\r\n\r\n{}")]
    [InlineData("Content-Length: 500000000\r\n\r\n{}")]
    public async Task Read_SaysWhenTheStreamEndsInsideAMessage(string text) =>
        await Should.ThrowAsync<EndOfStreamException>(async () => await Over(text).ReadAsync(default));

    [Fact]
    public async Task Read_SkipsAMessageThatIsTooLong_AndStaysInStep()
    {
        var stream = Over($"Content-Length: {DapStream.MaxBody + 1}\r\n\r\n{new string(' ', DapStream.MaxBody + 1)}Content-Length: 2\r\n\r\n{{}}");

        (await stream.ReadAsync(default)).ShouldBe(new DapFrame.TooLong(DapStream.MaxBody + 1));
        (await stream.ReadAsync(default)).ShouldBeOfType<DapFrame.Message>();
    }

    [Fact]
    public async Task Write_CountsBytesNotCharacters()
    {
        var pipe = new Pipe();
        await new DapStream(new Pipe().Reader, pipe.Writer).WriteAsync(Encoding.UTF8.GetBytes("\"ä\""), default);
        await pipe.Writer.CompleteAsync();

        using var reader = new StreamReader(pipe.Reader.AsStream());
        (await reader.ReadToEndAsync()).ShouldBe("Content-Length: 4\r\n\r\n\"ä\"");
    }

    private static DapStream Over(string text) => new(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text))), new Pipe().Writer);

    private static async Task<List<string>> ReadAllAsync(DapStream stream)
    {
        var all = new List<string>();
        while (await stream.ReadAsync(default) is { } frame)
        {
            all.Add(Encoding.UTF8.GetString(frame.ShouldBeOfType<DapFrame.Message>().Body));
        }

        return all;
    }
}
