namespace TaskGroups.Tests;

/// <summary>The lines of a roster: linked while they are in it, empty and used again afterwards.</summary>
public sealed class ChildRegistryTests
{
    private readonly TaskGroup _group = TaskGroup.Open(new TaskGroupOptions());
    private readonly ChildRegistry _registry = new(null, null);

    // R21, R24
    [Fact]
    public void Free_WhenALineIsUnused_KeepsNothingAndIsTheNextOne()
    {
        Failing state = new();
        ChildRecord line = ChildRecord.OfChild("child", state);
        line.Since = 1;
        line.IsWaiting = true;
        line.HasBegun = true;
        long id = line.Id;
        Assert.Equal(new ChildEntry(id, "child", null, 1, true, true, state), line.Copy());
        Assert.Same(state, line.Optional);

        line.Free();
        Assert.Equal(("", null, 0, false, false, null), (line.Name, line.Nested, line.Since, line.IsWaiting, line.HasBegun, line.Optional));

        ChildRecord next = ChildRecord.OfChild("next", null);
        Assert.Same(line, next);
        Assert.Equal("next", next.Name);
        Assert.True(next.Id > id);
        Assert.Null(next.Copy().State);
        ChildRecord another = ChildRecord.OfNested("another", _group);
        Assert.NotSame(next, another);
        Assert.Equal((_group, null, null), (another.Nested, another.Optional, another.Copy().State));
    }

    // R21: whatever the order in which lines leave, the others keep theirs, and who left keeps no neighbour
    [Fact]
    public void Remove_InAnyOrder_KeepsTheOthersInTheirs()
    {
        string[] names = ["a", "b", "c"];
        foreach (string order in new[] { "abc", "acb", "bac", "bca", "cab", "cba" })
        {
            List<ChildRecord> lines = [.. names.Select(name => ChildRecord.OfChild(name, null))];
            lines.ForEach(_registry.Add);
            Assert.Equal(names, _registry.CopyEntries().Select(line => line.Name));
            foreach (string name in order.Select(each => each.ToString()))
            {
                ChildRecord leaving = lines.Single(line => line.Name == name);
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
        _registry.Add(ChildRecord.OfChild("child", null));
        _registry.Add(ChildRecord.OfNested("nested", _group));
        _registry.Add(ChildRecord.OfChild("child", null));
        _registry.Add(ChildRecord.OfNested("other", other));
        Assert.Equal([_group, other], _registry.GetNested());
    }

    [Fact]
    public void Extras_WhenAskedForTwice_AreTheSame()
    {
        Assert.Null(_registry.Contingent);
        ContingentState contingent = _registry.GetOrCreateContingent();
        Assert.Same(contingent, _registry.GetOrCreateContingent());
        Assert.Same(contingent, _registry.Contingent);
    }

    private sealed class Failing : IOptionalWork
    {
        public IReadOnlyList<Exception> Failures => [];

        public bool IsFailureThrown => false;

        public void CancelBeforeStart()
        {
        }
    }
}
