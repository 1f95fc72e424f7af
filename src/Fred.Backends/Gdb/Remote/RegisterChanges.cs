using System.Globalization;
using Fred.Core;

namespace Fred.Backends;

/// <summary>What a user's gdb has changed in the registers, as commands of Fred's own gdb.</summary>
internal static class RegisterChanges
{
    private static readonly string[] Changeable = [.. RegisterLayout.GeneralNames, "rip", "eflags"];

    /// <summary>Lists the changes.</summary>
    /// <param name="real">The program's.</param>
    /// <param name="now">As gdb wants them.</param>
    /// <returns>One command for each.</returns>
    /// <exception cref="FredException"><see cref="ErrorId.Unsupported"/>: another register than a general one is changed.</exception>
    public static IReadOnlyList<string> Between(RegisterFile real, RegisterFile now)
    {
        var other = RegisterLayout.All.FirstOrDefault(slot => !Changeable.Contains(slot.Name) && slot.Name != "orig_rax" && !real.Of(slot).SequenceEqual(now.Of(slot)));
        return other.Name is null
            ? [.. Changeable.Where(name => real[name] != now[name]).Select(name => string.Create(CultureInfo.InvariantCulture, $"set ${name} = 0x{now[name]:x}"))]
            : throw new FredException(ErrorId.Unsupported, $"Only general registers can be changed from here, not {other.Name}. At Fred's own prompt 'set ${other.Name} = ...' is possible.");
    }
}
