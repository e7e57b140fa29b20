using System.Runtime.CompilerServices;

namespace TaskGroups.Tests;

/// <summary>The object behind the first part of a body: one for each depth of a thread, used again and again.</summary>
public sealed class OpeningTests
{
    private readonly TaskGroup _group = TaskGroup.Open(new TaskGroupOptions());
    private readonly TaskGroup _other = TaskGroup.Open(new TaskGroupOptions());

    // R21, R24
    [Fact]
    public void Begin_WhenAnEarlierPartHasEnded_UsesItsObjectAfresh()
    {
        Opening earlier = Opening.Begin(_group);
        Assert.Equal(_group.CancellationToken, earlier.Token);
        earlier.Borrow();
        earlier.Enter();
        earlier.Close();
        earlier.End();
        Assert.Equal(default, earlier.Token);
        Assert.False(earlier.IsOf(_group));
        Assert.False(earlier.IsHere(_group));

        Opening part = Opening.Begin(_other);
        Assert.Same(earlier, part);
        Assert.True(part.IsOf(_other));
        Assert.True(part.IsHere(_other));
        Assert.False(part.IsHere(_group));
        Assert.Equal((0, _other.CancellationToken), (part.Borrowed, part.Token));
        Assert.True(AtTheEdgeOfTheStack(() => part.Invokes));
        part.End();
    }

    // R24: a body that nests a group in its first part
    [Fact]
    public void Begin_InsideAnotherPart_UsesAnObjectOfThatDepthAndComesBack()
    {
        Opening outer = Opening.Begin(_group);
        Opening first = BeginAndEndInside();
        Assert.NotSame(outer, first);
        Assert.Same(first, BeginAndEndInside());
        Assert.True(outer.IsHere(_group));
        outer.End();

        Assert.Same(outer, Opening.Begin(_group));
        Assert.Same(first, BeginAndEndInside());
        outer.End();
    }

    // R4
    [Fact]
    public void Close_WhenTheGroupIsCanceled_EndsTheLoanButNotThePart()
    {
        Opening part = Opening.Begin(_group);
        part.Close();
        Assert.False(part.IsHere(_group));
        Assert.True(part.IsOf(_group));
        part.End();
    }

    // R2: the loan is for the body's own thread
    [Fact]
    public void IsHere_OnAnotherThread_IsFalse()
    {
        Opening part = Opening.Begin(_group);
        bool isHere = true;
        Thread thread = new(() => isHere = part.IsHere(_group));
        thread.Start();
        thread.Join();
        Assert.False(isHere);
        part.End();
    }

    // R2, R8: a child is counted while it is invoked, and afterwards if it runs on
    [Fact]
    public void Borrowed_WhenChildrenAreInvoked_CountsThoseThatRun()
    {
        Opening part = Opening.Begin(_group);
        part.Enter();
        Assert.Equal(1, part.Borrowed);
        part.Enter();
        Assert.Equal(2, part.Borrowed);
        part.Leave();
        Assert.Equal(1, part.Borrowed);
        part.Keep();
        Assert.Equal(1, part.Borrowed);
        Assert.True(AtTheEdgeOfTheStack(() => part.Invokes)); // nobody is being invoked
        part.Borrow();
        Assert.Equal(2, part.Borrowed);
        part.End();
    }

    // R2: further children count themselves
    [Fact]
    public void Borrow_WhenTheLoanIsUsedUp_ClosesIt()
    {
        Opening part = Opening.Begin(_group);
        Counts(part) = (GroupState.MaxBorrowed - 2L) << 32; // too many to start them here
        part.Borrow();
        Assert.True(part.IsHere(_group));
        part.Borrow();
        Assert.Equal(GroupState.MaxBorrowed, part.Borrowed);
        Assert.False(part.IsHere(_group));
        part.End();
    }

    // The stack was looked at when the part began; children that start children look again.
    [Fact]
    public void Invokes_WhenTheStackRunsShort_IsTrueForTheBodysOwnChildrenOnly()
    {
        Opening part = Opening.Begin(_group);
        Assert.True(AtTheEdgeOfTheStack(() => part.Invokes));
        part.Enter();
        Assert.True(part.Invokes);
        Assert.False(AtTheEdgeOfTheStack(() => part.Invokes));
        part.End();
    }

    [Fact]
    public void Invokes_WhenThePartBeganWithAShortStack_IsFalse()
    {
        Opening? part = null;
        Assert.False(AtTheEdgeOfTheStack(() => (part = Opening.Begin(_group)).Invokes));
        part!.End();
    }

    // R24: a child of which something is kept takes the other way
    [Fact]
    public void Invokes_WhenTheGroupKeepsSomethingOfItsChildren_IsFalse()
    {
        AssertInvokes(true, new TaskGroupOptions { ChildStart = ChildStart.Inline });
        AssertInvokes(false, new TaskGroupOptions { ChildStart = ChildStart.Queued });
        AssertInvokes(false, new TaskGroupOptions { MaxConcurrency = 1 });
        AssertInvokes(false, new TaskGroupOptions { TrackChildren = true });
    }

    private static void AssertInvokes(bool expected, TaskGroupOptions options)
    {
        Opening part = Opening.Begin(TaskGroup.Open(options));
        Assert.Equal(expected, part.Invokes);
        part.End();
    }

    private static bool AtTheEdgeOfTheStack(Func<bool> look)
    {
        bool seen = RuntimeHelpers.TryEnsureSufficientExecutionStack() ? AtTheEdgeOfTheStack(look) : look();
        GC.KeepAlive(look); // after the call, which the compiler would make a loop otherwise
        return seen;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_counts")]
    private static extern ref long Counts(Opening opening);

    private Opening BeginAndEndInside()
    {
        Opening inner = Opening.Begin(_other);
        Assert.True(inner.IsHere(_other));
        inner.End();
        Assert.False(inner.IsHere(_other));
        return inner;
    }
}
