using System.Runtime.CompilerServices;
using TaskGroups.Testing;
using Real = System.Threading.Volatile;

namespace TaskGroups;

/// <summary>
/// The core's volatile operations. The point lies behind the read: between a check and what follows from it, others get their turn.
/// </summary>
internal static class Volatile
{
    // See GroupState.
    private const long Holds = (1L << 29) - 1;
    private const long CutShort = 1L << 58;
    private const int ReasonShift = 59;

    public static long Read(ref readonly long location, [CallerMemberName] string where = "", [CallerLineNumber] int line = 0)
    {
        long value = Real.Read(in location);
        switch (where)
        {
            case "TryAdmit" or "TryCancel":
                Explorer.Point(nameof(Read), value, isTrial: true, where, line);
                break;

            // Set once and never reset: only who finds it missing can be overtaken.
            case "Reason" when value >> ReasonShift != 0:
            case "IsCompleted" when (value & Holds) == 0:
            case "IsCutShort" when (value & CutShort) != 0:
                break;
            case "Reason" or "IsCompleted" or "IsCutShort":
                Explorer.Point(nameof(Read), 0, false, where, line);
                break;
            default:
                Explorer.Point(nameof(Read), value, false, where, line);
                break;
        }

        return value;
    }

    // Not a step: a number for those who look on.
    public static int Read(ref readonly int location) => Real.Read(in location);

    // A reference of a group is set once: only code that finds it missing can be overtaken. That of a biased count is reused, and compared
    // with one group.
    public static T? Read<T>(ref readonly T? location, [CallerMemberName] string where = "", [CallerLineNumber] int line = 0)
        where T : class
    {
        T? value = Real.Read(in location);
        if (value is null || where == "IsOf")
        {
            Explorer.Point(nameof(Read), 0, false, where, line);
        }

        return value;
    }

    public static bool Read(ref readonly bool location, [CallerMemberName] string where = "", [CallerLineNumber] int line = 0)
    {
        bool value = Real.Read(in location);
        Explorer.Point(nameof(Read), value ? 1 : 0, false, where, line);
        return value;
    }

    public static void Write(ref bool location, bool value, [CallerMemberName] string where = "", [CallerLineNumber] int line = 0)
    {
        Real.Write(ref location, value);
        Explorer.Point(nameof(Write), 0, false, where, line);
    }

    public static void Write<T>(ref T location, T value, [CallerMemberName] string where = "", [CallerLineNumber] int line = 0)
        where T : class?
    {
        Real.Write(ref location, value);
        Explorer.Point(nameof(Write), 0, false, where, line);
    }

    public static void Write(ref long location, long value, [CallerMemberName] string where = "", [CallerLineNumber] int line = 0)
    {
        Real.Write(ref location, value);
        Explorer.Point(nameof(Write), 0, false, where, line);
    }
}
