using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Fred.Cli;

/// <summary>Switches standard input's terminal to single keys and back.</summary>
/// <remarks>
/// The terminal belongs to the debugged program whenever that runs, so single keys are only on while a line is being edited: the runtime's own
/// Console.ReadKey would leave echo and line mode off in between. Settings are changed without discarding what the user has typed ahead.
/// Linux only: offsets and flags are those of its struct termios.
/// </remarks>
internal sealed partial class TerminalMode : IDisposable
{
    private const int StandardInput = 0;
    private const int Now = 0;
    private const int InputFlags = 0;
    private const int LocalFlags = 12;
    private const int ReadTime = 17 + 5;
    private const int ReadMinimum = 17 + 6;
    private const uint TranslateCarriageReturn = 0x100;
    private const uint FlowControl = 0x400;
    private const uint Signals = 0x1;
    private const uint WholeLines = 0x2;
    private const uint EchoInput = 0x8;
    private const uint Extended = 0x8000;

    private readonly byte[] _saved;

    private TerminalMode(byte[] saved) => _saved = saved;

    /// <summary>Switches to single keys, without echo; Ctrl-C is a key.</summary>
    /// <returns>Disposing it restores what was before; null when standard input is no terminal.</returns>
    public static TerminalMode? EnterSingleKeys()
    {
        // glibc's struct has 60 bytes; room for larger ones.
        var saved = new byte[256];
        if (GetAttributes(StandardInput, saved) != 0)
        {
            return null;
        }

        var keys = (byte[])saved.Clone();
        Clear(keys, InputFlags, TranslateCarriageReturn | FlowControl);
        Clear(keys, LocalFlags, Signals | WholeLines | EchoInput | Extended);
        keys[ReadTime] = 0;
        keys[ReadMinimum] = 1;
        return SetAttributes(StandardInput, Now, keys) == 0 ? new TerminalMode(saved) : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _ = SetAttributes(StandardInput, Now, _saved);

    private static void Clear(byte[] termios, int offset, uint flags)
    {
        var word = termios.AsSpan(offset, 4);
        BinaryPrimitives.WriteUInt32LittleEndian(word, BinaryPrimitives.ReadUInt32LittleEndian(word) & ~flags);
    }

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetAttributes(int descriptor, [Out] byte[] termios);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetAttributes(int descriptor, int when, byte[] termios);
}
