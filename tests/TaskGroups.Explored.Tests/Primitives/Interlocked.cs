using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using TaskGroups.Testing;
using Real = System.Threading.Interlocked;

namespace TaskGroups;

/// <summary>
/// The core's interlocked operations, each with a point behind it. The compiler prefers this type to the one of the base class library
/// since it lives
/// in the core's own namespace: so the core needs no seam.
/// </summary>
internal static class Interlocked
{
    private const long Holds = (1L << 29) - 1; // all that the core asks of a sum, see GroupState: are there holds left?

    public static long CompareExchange(
        ref long location, long value, long comparand, [CallerMemberName] string where = "", [CallerLineNumber] int line = 0)
    {
        long before = Real.CompareExchange(ref location, value, comparand);
        if (before == comparand)
        {
            Explorer.Point(nameof(CompareExchange), 0, false, where, line);
        }
        else
        {
            Explorer.Point("CompareExchange fails", before, isTrial: true, where, line);
        }

        return before;
    }

    [return: NotNullIfNotNull(nameof(location))]
    public static T CompareExchange<T>(
        [NotNullIfNotNull(
            nameof(value))] ref T location, T value, T comparand, [CallerMemberName] string where = "", [CallerLineNumber] int line = 0)
        where T : class?
    {
        T before = Real.CompareExchange(ref location, value, comparand);
        Explorer.Point(nameof(CompareExchange), before is null ? 0 : 1, false, where, line);
        return before;
    }

    public static long Add(ref long location, long value, [CallerMemberName] string where = "", [CallerLineNumber] int line = 0)
    {
        // Beside it a continuation is registered, which has no point of its own. Whichever of the two comes first, there is a step in
        // between.
        if (where == nameof(GroupState.AddHold))
        {
            Explorer.Point("before Add", 0, isTrial: true, where, line);
        }

        long after = Real.Add(ref location, value);
        Explorer.Point(nameof(Add), (after & Holds) == 0 ? 1 : 0, false, where, line);
        return after;
    }

    public static long Or(ref long location, long value, [CallerMemberName] string where = "", [CallerLineNumber] int line = 0)
    {
        long before = Real.Or(ref location, value);
        Explorer.Point(nameof(Or), 0, false, where, line); // the core does not look at the result
        return before;
    }

    // Not a step: numbers for snapshots, which the explored programs do not use.
    public static long Increment(ref long location) => Real.Increment(ref location);

    public static int Increment(ref int location, [CallerMemberName] string where = "", [CallerLineNumber] int line = 0)
    {
        int after = Real.Increment(ref location);
        Explorer.Point(nameof(Increment), 0, false, where, line); // the core does not look at the result
        return after;
    }

    public static int Decrement(ref int location, [CallerMemberName] string where = "", [CallerLineNumber] int line = 0)
    {
        int after = Real.Decrement(ref location);
        Explorer.Point(nameof(Decrement), after == 0 ? 1 : 0, false, where, line);
        return after;
    }
}
