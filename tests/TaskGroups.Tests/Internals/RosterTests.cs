namespace TaskGroups.Tests;

/// <summary>The lines of a roster: linked while they are in it, empty and used again afterwards.</summary>
public sealed class ChildRegistryTests
{
    private readonly TaskGroup _group = TaskGroup.Open(new TaskGroupOptions());
    private readonly ChildRegistry _registry = new(null);

    // R21, R24
    [Fact]
    public void Free_WhenALineIsUnused_KeepsNothingAndIsTheNextOne()
    {
        Member line = Member.Of("child", _group);
        line.Since = 1;
        line.IsWaiting = true;
        line.HasBegun = true;
        line.Optional = new Failing();
        long id = line.Id;
        Assert.Equal(id, line.Id);
        Assert.Equal(("child", _group), (line.Name, line.Nested));

        line.Free();
        Assert.Equal(("", null, 0, false, false, null), (line.Name, line.Nested, line.Since, line.IsWaiting, line.HasBegun, line.Optional));

        Member next = Member.Of("next", null);
        Assert.Same(line, next);
        Assert.Equal("next", next.Name);
        Assert.True(next.Id > id);
        Assert.NotSame(next, Member.Of("another", null));
    }

    // R21: whatever the order in which lines leave, the others keep theirs, and who left keeps no neighbour
    [Fact]
    public void Remove_InAnyOrder_KeepsTheOthersInTheirs()
    {
        string[] names = ["a", "b", "c"];
        foreach (string order in new[] { "abc", "acb", "bac", "bca", "cab", "cba" })
        {
            List<Member> lines = [.. names.Select(name => Member.Of(name, null))];
            lines.ForEach(_registry.Add);
            Assert.Equal(names, _registry.CopyEntries().Select(line => line.Name));
            foreach (string name in order.Select(each => each.ToString()))
            {
                Member leaving = lines.Single(line => line.Name == name);
                lines.Remove(leaving);
                _registry.Remove(leaving);
                Assert.Null(leaving.Previous);
                Assert.Null(leaving.Next);
                Assert.Equal(lines.Select(line => line.Id), _registry.CopyEntries().Select(line => line.Id));
            }
        }
    }

    // R22: who walks the tree finds the groups among the children
    [Fact]
    public void GetNested_WhenChildrenAreBetweenThem_GivesTheGroupsInOrder()
    {
        TaskGroup other = TaskGroup.Open(new TaskGroupOptions());
        Assert.Empty(_registry.GetNested());
        _registry.Add(Member.Of("child", null));
        _registry.Add(Member.Of("nested", _group));
        _registry.Add(Member.Of("child", null));
        _registry.Add(Member.Of("other", other));
        Assert.Equal([_group, other], _registry.GetNested());
    }

    [Fact]
    public void Extras_WhenAskedForTwice_AreTheSame()
    {
        Assert.Null(_registry.Contingent);
        ContingentState contingent = _registry.GetOrCreateContingent(GroupSettings.Default);
        Assert.Same(contingent, _registry.GetOrCreateContingent(GroupSettings.Default));
        Assert.Same(contingent, _registry.Contingent);
    }

    private sealed class Failing : IOptionalWork
    {
        public IReadOnlyList<Exception> Failures => [];

        public bool IsFailureThrown => false;

        public void Drop()
        {
        }
    }
}
