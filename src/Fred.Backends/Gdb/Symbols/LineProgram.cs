namespace Fred.Backends;

/// <summary>One unit of .debug_line: a header with names, and a program for a little machine that emits rows.</summary>
internal sealed class LineProgram
{
    private const int Path = 1;
    private const int DirectoryIndex = 2;
    private readonly ReadOnlyMemory<byte> _unit;
    private readonly ReadOnlyMemory<byte> _lineStrings;
    private readonly ReadOnlyMemory<byte> _strings;
    private readonly bool _wide;
    private readonly List<string> _directories = [];
    private readonly List<(string Name, int Directory)> _names = [];
    private readonly int _version;
    private readonly int _body;
    private readonly int _leastInstruction;
    private readonly bool _defaultStatement;
    private readonly sbyte _lineBase;
    private readonly int _lineRange;
    private readonly int _opcodeBase;
    private readonly byte[] _operands;

    /// <summary>Reads the header.</summary>
    /// <param name="unit">From the beginning of the section to the end of the unit.</param>
    /// <param name="at">Behind the length.</param>
    /// <param name="wide">64-bit DWARF.</param>
    /// <param name="lineStrings">.debug_line_str.</param>
    /// <param name="strings">.debug_str.</param>
    public LineProgram(ReadOnlyMemory<byte> unit, int at, bool wide, ReadOnlyMemory<byte> lineStrings, ReadOnlyMemory<byte> strings)
    {
        _unit = unit;
        _wide = wide;
        _lineStrings = lineStrings;
        _strings = strings;
        var cursor = new ByteCursor(unit.Span, at);
        _version = cursor.UInt16();
        if (_version is < 2 or > 5)
        {
            throw new ArgumentException("Unknown version of the line table.");
        }

        if (_version >= 5)
        {
            _ = cursor.UInt16();
        }

        var headerLength = (int)cursor.Unsigned(wide ? 8 : 4);
        _body = cursor.At + headerLength;
        _leastInstruction = cursor.Byte();
        if (_version >= 4)
        {
            _ = cursor.Byte();
        }

        _defaultStatement = cursor.Byte() != 0;
        _lineBase = (sbyte)cursor.Byte();
        _lineRange = Math.Max((byte)1, cursor.Byte());
        _opcodeBase = cursor.Byte();
        _operands = cursor.Take(Math.Max(0, _opcodeBase - 1)).ToArray();
        if (_version >= 5)
        {
            ReadNames(ref cursor);
            var directories = _names.Select(n => n.Name).ToList();
            _directories.AddRange(directories);
            _names.Clear();
            ReadNames(ref cursor);
        }
        else
        {
            ReadOldNames(ref cursor);
        }
    }

    /// <summary>Runs the program.</summary>
    /// <param name="rows">Where its rows go.</param>
    /// <param name="numberOf">The number of a file.</param>
    public void Run(List<LineRow> rows, Func<string, int> numberOf)
    {
        var numbers = new int?[_names.Count];
        var cursor = new ByteCursor(_unit.Span, _body);
        var state = Fresh();
        var begin = rows.Count;
        while (!cursor.IsAtEnd)
        {
            int opcode = cursor.Byte();
            if (opcode >= _opcodeBase)
            {
                var adjusted = opcode - _opcodeBase;
                state.Address += (ulong)(adjusted / _lineRange * _leastInstruction);
                state.Advance(_lineBase + (adjusted % _lineRange));
                Record(rows, ref state, numbers, numberOf);
            }
            else if (opcode == 0)
            {
                if (Extended(ref cursor, ref state))
                {
                    Close(rows, begin, state);
                    (state, begin) = (Fresh(), rows.Count);
                }
            }
            else if (Standard(opcode, ref cursor, ref state))
            {
                Record(rows, ref state, numbers, numberOf);
            }
        }
    }

    /// <summary>Ends a sequence. One that begins at address 0 was dropped by the linker.</summary>
    private static void Close(List<LineRow> rows, int begin, State state)
    {
        if (rows.Count > begin && rows[begin].Address == 0)
        {
            rows.RemoveRange(begin, rows.Count - begin);
        }
        else
        {
            rows.Add(new LineRow(state.Address, -1, 0, false));
        }
    }

    private State Fresh() => new() { File = 1, Line = 1, IsStatement = _defaultStatement };

    /// <summary>Adds a row, unless gdb would not: another one of the same line once parts of the line have been told apart by discriminators; line 0 continues the row before.</summary>
    private void Record(List<LineRow> rows, ref State state, int?[] numbers, Func<string, int> numberOf)
    {
        var index = _version >= 5 ? state.File : state.File - 1;
        var isRepeated = state.IsDiscriminated && state.Line == state.LastLine && state.File == state.LastFile;
        state.Discriminator = 0;
        if (index < 0 || index >= _names.Count || state.Line <= 0 || isRepeated)
        {
            return;
        }

        numbers[index] ??= numberOf(FullName(index));
        rows.Add(new LineRow(state.Address, numbers[index]!.Value, state.Line, state.IsStatement));
        (state.LastLine, state.LastFile) = (state.Line, state.File);
    }

    private string FullName(int index)
    {
        var (name, directory) = _names[index];
        var number = _version >= 5 ? directory : directory - 1;
        var parent = number >= 0 && number < _directories.Count ? _directories[number] : string.Empty;
        if (_version >= 5 && _directories.Count > 0)
        {
            parent = System.IO.Path.Combine(_directories[0], parent);
        }

        var path = System.IO.Path.Combine(parent, name);
        return System.IO.Path.IsPathRooted(path) ? System.IO.Path.GetFullPath(path) : path;
    }

    private static bool Extended(ref ByteCursor cursor, ref State state)
    {
        var length = (int)cursor.Uleb();
        var next = cursor.At + length;
        var opcode = length > 0 ? cursor.Byte() : 0;
        if (opcode == 2)
        {
            state.Address = cursor.Unsigned(length - 1);
        }
        else if (opcode == 4)
        {
            state.Discriminator = cursor.Uleb();
            state.IsDiscriminated |= state.Discriminator != 0;
        }

        cursor.At = next;
        return opcode == 1;
    }

    private bool Standard(int opcode, ref ByteCursor cursor, ref State state)
    {
        switch (opcode)
        {
            case 1:
                return true;
            case 2:
                state.Address += cursor.Uleb() * (ulong)_leastInstruction;
                break;
            case 3:
                state.Advance((int)cursor.Sleb());
                break;
            case 4:
                state.File = (int)cursor.Uleb();
                break;
            case 6:
                state.IsStatement = !state.IsStatement;
                break;
            case 8:
                state.Address += (ulong)((255 - _opcodeBase) / _lineRange * _leastInstruction);
                break;
            case 9:
                state.Address += cursor.UInt16();
                break;
            default:
                for (var i = 0; i < _operands[opcode - 1]; i++)
                {
                    _ = cursor.Uleb();
                }

                break;
        }

        return false;
    }

    private void ReadOldNames(ref ByteCursor cursor)
    {
        for (var name = cursor.Text(); name.Length > 0; name = cursor.Text())
        {
            _directories.Add(name);
        }

        for (var name = cursor.Text(); name.Length > 0; name = cursor.Text())
        {
            _names.Add((name, (int)cursor.Uleb()));
            _ = cursor.Uleb();
            _ = cursor.Uleb();
        }
    }

    private void ReadNames(ref ByteCursor cursor)
    {
        var formats = new (int Content, int Form)[cursor.Byte()];
        for (var i = 0; i < formats.Length; i++)
        {
            formats[i] = ((int)cursor.Uleb(), (int)cursor.Uleb());
        }

        for (var count = cursor.Uleb(); count > 0; count--)
        {
            var (name, directory) = (string.Empty, 0);
            foreach (var (content, form) in formats)
            {
                var (text, number) = ReadForm(ref cursor, form);
                name = content == Path ? text : name;
                directory = content == DirectoryIndex ? (int)number : directory;
            }

            _names.Add((name, directory));
        }
    }

    private (string Text, ulong Number) ReadForm(ref ByteCursor cursor, int form)
    {
        switch (form)
        {
            case 0x08:
                return (cursor.Text(), 0);
            case 0x0e:
                return (new ByteCursor(_strings.Span, (int)cursor.Unsigned(_wide ? 8 : 4)).Text(), 0);
            case 0x1f:
                return (new ByteCursor(_lineStrings.Span, (int)cursor.Unsigned(_wide ? 8 : 4)).Text(), 0);
            case 0x0b:
                return (string.Empty, cursor.Byte());
            case 0x05:
                return (string.Empty, cursor.UInt16());
            case 0x06:
                return (string.Empty, cursor.UInt32());
            case 0x07:
                return (string.Empty, cursor.UInt64());
            case 0x0f:
                return (string.Empty, cursor.Uleb());
            case 0x1e:
                _ = cursor.Take(16);
                return (string.Empty, 0);
            case 0x09:
                _ = cursor.Take((int)cursor.Uleb());
                return (string.Empty, 0);
            default:
                throw new ArgumentException("Unknown form in the line table.");
        }
    }

    private struct State
    {
        public ulong Address;
        public int File;
        public int Line;
        public bool IsStatement;
        public ulong Discriminator;
        public bool IsDiscriminated;
        public int LastLine;
        public int LastFile;

        public void Advance(int lines)
        {
            Line += lines;
            IsDiscriminated = lines != 0 ? Discriminator != 0 : IsDiscriminated;
        }
    }
}
