namespace Fred.Backends;

/// <summary>A thread of a native program.</summary>
/// <param name="Number">What the user knows it by.</param>
/// <param name="Id">What the program knows it by.</param>
/// <param name="Parent">Number of the thread that started it; 0 for the first one.</param>
/// <param name="Born">Tick of its beginning.</param>
/// <param name="Pc">Its next instruction.</param>
/// <param name="Sp">Its stack pointer.</param>
/// <param name="Call">Number of the system call it waits in; negative: it waits for its turn, or has it.</param>
/// <param name="Name">As the program calls it.</param>
internal sealed record NativeThread(int Number, int Id, int Parent, long Born, ulong Pc, ulong Sp, int Call, string Name);
