namespace TaskGroups.Tests;

/// <summary>The records of a registry: linked while they are in it, empty and used again afterwards.</summary>
public sealed class ChildRegistryTests
{
    private readonly TaskGroup _group = TaskGroup.Open(new TaskGroupOptions());
    private readonly ChildRegistry _registry = new(null, null);

    // R21, R24
    [Fact]
    public void Free_WhenARecordIsUnused_KeepsNothingAndIsTheNextOne()
    {
        Failing state = new();
        ChildRecord record = ChildRecord.OfChild("child", state);
        record.Since = 1;
        record.IsWaiting = true;
        record.HasBegun = true;
        long id = record.Id;
        Assert.Equal(new ChildEntry(id, "child", null, 1, true, true, state), record.Copy());
        Assert.Same(state, record.Optional);

        record.Free();
        Assert.Equal(
            ("child", null, 0, false, false, null),
            (record.Name, record.Nested, record.Since, record.IsWaiting, record.HasBegun, record.Optional));

        ChildRecord next = ChildRecord.OfChild("next", null);
        Assert.Same(record, next);
        Assert.Equal("next", next.Name);
        Assert.True(next.Id > id);
        Assert.Null(next.Copy().State);
        ChildRecord another = ChildRecord.OfNested(_group);
        Assert.NotSame(next, another);
        Assert.Equal((_group, null, null), (another.Nested, another.Optional, another.Copy().State));
    }

    // R21: whatever the order in which records leave, the others keep theirs, and who left keeps no neighbour
    [Fact]
    public void Remove_InAnyOrder_KeepsTheOthersInTheirs()
    {
        string[] names = ["a", "b", "c"];
        foreach (string order in new[] { "abc", "acb", "bac", "bca", "cab", "cba" })
        {
            List<ChildRecord> records = [.. names.Select(name => ChildRecord.OfChild(name, null))];
            records.ForEach(_registry.Add);
            Assert.Equal(names, _registry.CopyEntries().Select(record => record.Name));
            foreach (string name in order.Select(each => each.ToString()))
            {
                ChildRecord leaving = records.Single(record => record.Name == name);
                records.Remove(leaving);
                _registry.Remove(leaving);
                Assert.Null(leaving.Previous);
                Assert.Null(leaving.Next);
                Assert.Equal(records.Select(record => record.Id), _registry.CopyEntries().Select(record => record.Id));
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
        _registry.Add(ChildRecord.OfNested(_group));
        _registry.Add(ChildRecord.OfChild("child", null));
        _registry.Add(ChildRecord.OfNested(other));
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
