using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace TaskGroups.Tests;

/// <summary>Runs a test in every <see cref="Play"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PlaysAttribute : DataAttribute
{
    // A mutation run repeats the tests a thousand times: the two start modes suffice, and long tests sit it out.
    private static readonly bool IsMutationRun = Environment.GetEnvironmentVariable("TASKGROUPS_MUTATION") == "1";

    /// <summary>For a test that takes a second or more: the two start modes only.</summary>
    public bool StartModesOnly { get; set; }

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        bool isShort = StartModesOnly || IsMutationRun;
        IEnumerable<Play> plays =
            from start in Enum.GetValues<ChildStart>()
            from hasContext in isShort ? [false] : new[] { false, true }
            from witness in isShort ? [Witness.None] : Enum.GetValues<Witness>()
            select new Play(start, hasContext, witness);
        return new(
            [.. plays.Select(play => new TheoryDataRow<Play>(play) { Skip = StartModesOnly && IsMutationRun ? "takes long" : null })]);
    }

    public override bool SupportsDiscoveryEnumeration() => false;
}
