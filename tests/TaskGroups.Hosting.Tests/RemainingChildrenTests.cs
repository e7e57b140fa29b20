using System.Collections;

namespace TaskGroups.Hosting.Tests;

/// <summary>What a drain lists of children that end while it looks.</summary>
public sealed class RemainingChildrenTests
{
    [Fact]
    public void Without_WhenChildrenHaveEndedSince_LeavesOutOneForEach()
    {
        UnfinishedChild first = Child("a", "x", 1), second = Child("a", "x", 2), third = Child("b", "x", 3), fourth = Child("a", "y", 4);

        Assert.Equal(
            [second, fourth],
            RemainingChildren.Without([Child("a", "x", 5), Child("b", "x", 6), Child("b", "y", 7)], [first, second, third, fourth]));
        Assert.Equal([fourth], RemainingChildren.Without([first, second, third, first], [first, second, third, fourth]));
        Assert.Equal([first], RemainingChildren.Without([], [first]));
    }

    // A hundred thousand children that end in the last moment must not cost the report its second
    [Fact]
    public void Without_WhenAllHaveEndedSince_ReadsEachChildOnce()
    {
        CountedReads ended = new([.. Enumerable.Range(0, 1_000).Select(index => Child("a", $"{index % 10}", index))]);
        CountedReads remaining = new([.. ended.All.Reverse()]);

        Assert.Empty(RemainingChildren.Without(ended, remaining));

        Assert.Equal((1_000, 1_000), (ended.Reads, remaining.Reads));
    }

    private static UnfinishedChild Child(string group, string name, int elapsedMs) =>
        new(group, name, UnfinishedReason.StillRunning, TimeSpan.FromMilliseconds(elapsedMs), null, false);

    /// <summary>A sequence that counts how often an element of it is read.</summary>
    private sealed class CountedReads(IReadOnlyList<UnfinishedChild> all) : IEnumerable<UnfinishedChild>
    {
        public int Reads { get; private set; }

        public IReadOnlyList<UnfinishedChild> All => all;

        public IEnumerator<UnfinishedChild> GetEnumerator()
        {
            foreach (UnfinishedChild child in all)
            {
                Reads++;
                yield return child;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
