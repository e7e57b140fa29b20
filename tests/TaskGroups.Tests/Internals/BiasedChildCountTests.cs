using System.Runtime.CompilerServices;

namespace TaskGroups.Tests;

/// <summary>The object behind the synchronous part of a body: one for each depth of a thread, used again and again.</summary>
public sealed class BiasedChildCountTests
{
    private readonly TaskGroup _group = TaskGroup.Open(new TaskGroupOptions());
    private readonly TaskGroup _other = TaskGroup.Open(new TaskGroupOptions());

    // R21, R24
    [Fact]
    public void Begin_WhenAnEarlierPartHasEnded_UsesItsObjectAfresh()
    {
        BiasedChildCount earlier = Begin(_group);
        Assert.Equal(_group.CancellationToken, earlier.Token);
        earlier.Add();
        earlier.BeginInvoke();
        earlier.Close();
        earlier.Exit();
        Assert.Equal(default, earlier.Token);
        Assert.False(earlier.IsOf(_group));
        Assert.False(earlier.CanAdd(_group));

        BiasedChildCount part = Begin(_other);
        Assert.Same(earlier, part);
        Assert.True(part.IsOf(_other));
        Assert.True(part.CanAdd(_other));
        Assert.False(part.CanAdd(_group));
        Assert.Equal((0, _other.CancellationToken), (part.Count, part.Token));
        Assert.True(AtTheEdgeOfTheStack(() => part.CanInvoke));
        part.Exit();
    }

    // R24: a body that nests a group in its synchronous part
    [Fact]
    public void Begin_InsideAnotherPart_UsesAnObjectOfThatDepthAndComesBack()
    {
        BiasedChildCount outer = Begin(_group);
        BiasedChildCount first = BeginAndEndInside();
        Assert.NotSame(outer, first);
        Assert.Same(first, BeginAndEndInside());
        Assert.True(outer.CanAdd(_group));
        outer.Exit();

        Assert.Same(outer, Begin(_group));
        Assert.Same(first, BeginAndEndInside());
        outer.Exit();
    }

    // R4
    [Fact]
    public void Close_WhenTheGroupIsCanceled_EndsTheBiasButNotThePart()
    {
        BiasedChildCount part = Begin(_group);
        part.Close();
        Assert.False(part.CanAdd(_group));
        Assert.True(part.IsOf(_group));
        part.Exit();
    }

    // R2: the bias is for the body's own thread
    [Fact]
    public void CanAdd_OnAnotherThread_IsFalse()
    {
        BiasedChildCount part = Begin(_group);
        bool isHere = true;
        Thread thread = new(() => isHere = part.CanAdd(_group));
        thread.Start();
        thread.Join();
        Assert.False(isHere);
        part.Exit();
    }

    // R2, R8: a child is counted while it is invoked, and afterwards if it runs on
    [Fact]
    public void Count_WhenChildrenAreInvoked_CountsThoseThatRun()
    {
        BiasedChildCount part = Begin(_group);
        part.BeginInvoke();
        Assert.Equal(1, part.Count);
        part.BeginInvoke();
        Assert.Equal(2, part.Count);
        part.EndInvoke();
        Assert.Equal(1, part.Count);
        part.Retain();
        Assert.Equal(1, part.Count);
        Assert.True(AtTheEdgeOfTheStack(() => part.CanInvoke)); // no child is being invoked
        part.Add();
        Assert.Equal(2, part.Count);
        part.Exit();
    }

    // R2: further children count themselves
    [Fact]
    public void Add_WhenTheBiasIsUsedUp_ClosesTheCount()
    {
        BiasedChildCount part = Begin(_group);
        Counts(part) = (GroupState.MaxBiasedCount - 2L) << 32; // too many to start them here
        part.Add();
        Assert.True(part.CanAdd(_group));
        part.Add();
        Assert.Equal(GroupState.MaxBiasedCount, part.Count);
        Assert.False(part.CanAdd(_group));
        part.Exit();
    }

    // The stack was looked at when the part began; children that start children look again.
    [Fact]
    public void CanInvoke_WhenTheStackRunsShort_IsTrueForTheBodysOwnChildrenOnly()
    {
        BiasedChildCount part = Begin(_group);
        Assert.True(AtTheEdgeOfTheStack(() => part.CanInvoke));
        part.BeginInvoke();
        Assert.True(part.CanInvoke);
        Assert.False(AtTheEdgeOfTheStack(() => part.CanInvoke));
        part.Exit();
    }

    [Fact]
    public void CanInvoke_WhenThePartBeganWithAShortStack_IsFalse()
    {
        BiasedChildCount? part = null;
        Assert.False(AtTheEdgeOfTheStack(() => (part = Begin(_group)).CanInvoke));
        part!.Exit();
    }

    // R24: a child of which something is kept takes the other way
    [Fact]
    public void CanInvoke_WhenTheGroupKeepsSomethingOfItsChildren_IsFalse()
    {
        AssertInvokes(true, new TaskGroupOptions { ChildStart = ChildStart.Inline });
        AssertInvokes(false, new TaskGroupOptions { ChildStart = ChildStart.Queued });
        AssertInvokes(false, new TaskGroupOptions { MaxConcurrency = 1 });
        AssertInvokes(false, new TaskGroupOptions { TrackChildren = true });
    }

    private static void AssertInvokes(bool expected, TaskGroupOptions options)
    {
        BiasedChildCount part = Begin(TaskGroup.Open(options));
        Assert.Equal(expected, part.CanInvoke);
        part.Exit();
    }

    private static bool AtTheEdgeOfTheStack(Func<bool> look)
    {
        bool seen = RuntimeHelpers.TryEnsureSufficientExecutionStack() ? AtTheEdgeOfTheStack(look) : look();
        GC.KeepAlive(look); // after the call, which the compiler would make a loop otherwise
        return seen;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_counts")]
    private static extern ref long Counts(BiasedChildCount opening);

    private static BiasedChildCount Begin(TaskGroup group) => BiasedChildCount.Begin(group, group.Settings, group.CancellationToken);

    private BiasedChildCount BeginAndEndInside()
    {
        BiasedChildCount inner = Begin(_other);
        Assert.True(inner.CanAdd(_other));
        inner.Exit();
        Assert.False(inner.CanAdd(_other));
        return inner;
    }
}
