namespace TaskGroups.Tests;

/// <summary>The outcomes a group or child can have, each checked in full.</summary>
internal static class Expect
{
    /// <summary>Awaiting throws the first of the failures itself; the task lists exactly these, flat, in this order (R10).</summary>
    public static async Task Throws(Task run, params Exception[] failures)
    {
        Exception? thrown = await Record.ExceptionAsync(() => run);
        Assert.Same(failures[0], thrown);
        Assert.Equal(TaskStatus.Faulted, run.Status);
        Assert.Equal(failures, run.Exception!.InnerExceptions);
    }

    /// <summary>As <see cref="Throws"/>, where the case does not say which failure comes first.</summary>
    public static async Task ThrowsInAnyOrder(Task run, params Exception[] failures)
    {
        Exception? thrown = await Record.ExceptionAsync(() => run);
        Assert.Equal(TaskStatus.Faulted, run.Status);
        Assert.Same(run.Exception!.InnerExceptions[0], thrown);
        Assert.Equal(failures.Length, run.Exception.InnerExceptions.Count);
        Assert.All(failures, failure => Assert.Contains(failure, run.Exception.InnerExceptions));
    }

    /// <summary>A bare cancellation that carries the token; nothing in <see cref="Task.Exception"/> (R18).</summary>
    public static async Task Canceled(Task run, CancellationToken token)
    {
        Exception? thrown = await Record.ExceptionAsync(() => run);
        Assert.Equal(typeof(OperationCanceledException), thrown?.GetType());
        Assert.Equal(token, ((OperationCanceledException)thrown!).CancellationToken);
        Assert.Equal(TaskStatus.Canceled, run.Status);
        Assert.Null(run.Exception);
    }

    /// <summary>A <see cref="TimeoutException"/> whose message contains each of the names (R18).</summary>
    public static async Task TimedOut(Task run, params string[] names)
    {
        TimeoutException thrown = await Assert.ThrowsAsync<TimeoutException>(() => run);
        Assert.Equal([thrown], run.Exception!.InnerExceptions);
        Assert.All(names, name => Assert.Contains(name, thrown.Message, StringComparison.Ordinal));
    }

    /// <summary>A child that ended canceled.</summary>
    public static async Task ChildCanceled(Task child)
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child);
        Assert.Equal(TaskStatus.Canceled, child.Status);
    }

    /// <summary>Nothing keeps the object any longer (R21, R24).</summary>
    // A thread of the pool, or the machine's registers, may hold a stale reference for a moment; it goes as soon as the thread does
    // something else.
    public static async Task Collected(WeakReference weak)
    {
        for (int round = 0; weak.IsAlive && round < 1000; round++)
        {
            GC.Collect();
            await Task.Yield();
        }

        Assert.False(weak.IsAlive);
    }

    /// <summary>A completed group: every form of Run throws and names the group; nothing is invoked (R3).</summary>
    public static void Refused(ITaskGroup group)
    {
        bool invoked = false;

        foreach (Action run in new Action[]
        {
            () => group.Run(ct => Invoked(0)),
            () => group.Run<int>(ct => Invoked(0)),
            () => group.Run((state, ct) => Invoked(state), 0),
            () => group.Run<int, int>((state, ct) => Invoked(state), 0),
        })
        {
            InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(run);
            Assert.Contains(group.Name, refusal.Message, StringComparison.Ordinal);
        }

        Assert.False(group.TryRun(ct => Invoked(0)));
        Assert.False(invoked);

        Task<int> Invoked(int state)
        {
            invoked = true;
            return Task.FromResult(state);
        }
    }

    /// <summary>A canceled, not yet completed group: every form of Run returns a canceled task; nothing is invoked (R4).</summary>
    public static void NotStarted(ITaskGroup group)
    {
        bool invoked = false;

        foreach (Task child in new Task[]
        {
            group.Run(ct => Invoked(0)),
            group.Run<int>(ct => Invoked(0)),
            group.Run((state, ct) => Invoked(state), 0),
            group.Run<int, int>((state, ct) => Invoked(state), 0),
        })
        {
            Assert.Equal(TaskStatus.Canceled, child.Status);
            OperationCanceledException cancellation = Assert.ThrowsAny<OperationCanceledException>(() => child.GetAwaiter().GetResult());
            Assert.Equal(group.CancellationToken, cancellation.CancellationToken);
        }

        Assert.False(group.TryRun(ct => Invoked(0)));
        Assert.False(invoked);

        Task<int> Invoked(int state)
        {
            invoked = true;
            return Task.FromResult(state);
        }
    }
}
