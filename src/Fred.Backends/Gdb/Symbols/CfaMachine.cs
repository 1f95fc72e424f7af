namespace Fred.Backends;

/// <summary>Runs call frame instructions up to an address and keeps what they say about the CFA; where registers are saved is not asked.</summary>
internal struct CfaMachine(ulong codeAlign, ulong target)
{
    private readonly ulong _codeAlign = codeAlign;
    private readonly ulong _target = target;
    private readonly Stack<CfaRule?> _remembered = new();

    /// <summary>Gets the rule reached; null when it is none of register and offset.</summary>
    public CfaRule? Rule { get; private set; }

    /// <summary>Runs a list of instructions.</summary>
    /// <param name="frames">Up to the list's end.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="location">The function's first address.</param>
    public void Run(ReadOnlySpan<byte> frames, int at, ulong location)
    {
        var cursor = new ByteCursor(frames, at);
        while (!cursor.IsAtEnd && location <= _target)
        {
            var code = cursor.Byte();
            switch (code >> 6)
            {
                case 1:
                    location += (ulong)(code & 0x3f) * _codeAlign;
                    break;
                case 2:
                    _ = cursor.Uleb();
                    break;
                case 3:
                    break;
                default:
                    location += Extended(code, ref cursor);
                    break;
            }
        }
    }

    /// <summary>Carries out an instruction with a code of its own.</summary>
    /// <returns>How far the location advances.</returns>
    private ulong Extended(byte code, ref ByteCursor cursor)
    {
        switch (code)
        {
            case 0x00 or 0x2d: // nop, window save
                break;
            case 0x02:
                return cursor.Byte() * _codeAlign;
            case 0x03:
                return cursor.UInt16() * _codeAlign;
            case 0x04:
                return cursor.UInt32() * _codeAlign;
            case 0x05 or 0x09 or 0x11 or 0x14 or 0x15 or 0x2f: // where a register is: two numbers
                _ = cursor.Uleb();
                _ = cursor.Uleb();
                break;
            case 0x06 or 0x07 or 0x08 or 0x2e: // one number
                _ = cursor.Uleb();
                break;
            case 0x0a:
                _remembered.Push(Rule);
                break;
            case 0x0b:
                Rule = _remembered.Count > 0 ? _remembered.Pop() : Rule;
                break;
            case 0x0c:
                Rule = new CfaRule((int)cursor.Uleb(), (long)cursor.Uleb());
                break;
            case 0x0d:
                Rule = new CfaRule((int)cursor.Uleb(), Rule?.Offset ?? 0);
                break;
            case 0x0e:
                Rule = new CfaRule(Rule?.Register ?? 7, (long)cursor.Uleb());
                break;
            case 0x0f:
                cursor.At += (int)cursor.Uleb();
                Rule = null;
                break;
            case 0x10 or 0x16: // a register by expression
                _ = cursor.Uleb();
                cursor.At += (int)cursor.Uleb();
                break;
            default:
                throw new ArgumentException("Unknown call frame instruction.");
        }

        return 0;
    }
}
