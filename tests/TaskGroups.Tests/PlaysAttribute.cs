using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace TaskGroups.Tests;

/// <summary>Runs a test in every <see cref="Play"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PlaysAttribute : DataAttribute
{
    /// <summary>For a test that takes a second or more: the two start modes only.</summary>
    public bool StartModesOnly { get; set; }

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        IEnumerable<Play> plays =
            from start in Enum.GetValues<ChildStart>()
            from hasContext in StartModesOnly ? [false] : new[] { false, true }
            from witness in StartModesOnly ? [Witness.None] : Enum.GetValues<Witness>()
            select new Play(start, hasContext, witness);
        return new([.. plays.Select(play => new TheoryDataRow<Play>(play))]);
    }

    public override bool SupportsDiscoveryEnumeration() => false;
}
