using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>What a host's instrumentation is told of groups and children, and what it may set for them.</summary>
public sealed class InstrumentationTests
{
    private static readonly AsyncLocal<string?> Ambient = new();

    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task Instrumentation_OfAGroupThatAChildFails_IsToldInOrder(ChildStart childStart)
    {
        RecordingInstrumentation recording = new();
        Gate failing = new();

        await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync(
            recording,
            async group =>
            {
                _ = group.Run(
                    ct =>
                    {
                        failing.Open();
                        return Task.Delay(Timeout.Infinite, ct);
                    },
                    "sibling");
                _ = group.Run(
                    async ct =>
                    {
                        await failing.WaitAsync(ct);
                        throw new InvalidDataException();
                    },
                    "bad");
                await Task.Delay(Timeout.Infinite, group.CancellationToken);
            },
            new TaskGroupOptions { ChildStart = childStart }));

        Assert.Equal(["body"], recording.Of("body"));
        Assert.Equal(["bad starting", "bad ending", "bad ended Failed InvalidDataException"], recording.Of("bad "));
        Assert.Equal(["sibling starting", "sibling ending", "sibling ended Canceled"], recording.Of("sibling "));
        Assert.Equal(["bad ending", "canceling ChildFailed bad InvalidDataException"], recording.Of("bad ending", "canceling"));
        Assert.True(recording.All.IndexOf("canceling ChildFailed bad InvalidDataException") < recording.All.IndexOf("sibling ending"));
    }

    // R4, R40
    [Fact]
    public async Task Instrumentation_OfChildrenThatAreNotTaken_IsTold()
    {
        RecordingInstrumentation recording = new();
        await RunAsync(
            recording,
            async group =>
            {
                Gate gate = new();
                Task child = group.Run(_ => gate.WaitAsync(CancellationToken.None), "running");
                Task waiting = group.Run(ct => Task.CompletedTask, "waiting");
                Action overfill = () => group.Run(ct => Task.CompletedTask, "over");
                Assert.Throws<TaskGroupFullException>(overfill);
                group.Cancel();
                Assert.True(group.Run(ct => Task.CompletedTask, "late").IsCanceled);
                gate.Open();
                await Task.WhenAll(child, waiting.ContinueWith(_ => { }, TaskScheduler.Default));
            },
            new TaskGroupOptions { MaxConcurrency = 1, MaxWaiting = 1 });

        Assert.Equal(["refused", "waiting never started", "refused"], recording.Of("refused", "waiting "));
    }

    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task Instrumentation_WhatItSetsForAChild_IsThatChildsAlone(ChildStart childStart)
    {
        string? inBody = null, inChild = null, inChildLater = null, after = null;
        await RunAsync(
            new RecordingInstrumentation { OnBody = () => Ambient.Value = "body", OnChild = name => Ambient.Value = name },
            async group =>
            {
                inBody = Ambient.Value;
                Task child = group.Run(
                    async ct =>
                    {
                        inChild = Ambient.Value;
                        await Task.Yield();
                        inChildLater = Ambient.Value;
                    },
                    "the child");
                after = Ambient.Value;
                await child;
            },
            new TaskGroupOptions { ChildStart = childStart });

        Assert.Equal(("body", "the child", "the child", "body"), (inBody, inChild, inChildLater, after));
        Assert.Null(Ambient.Value);
    }

    // A nested group is followed by itself, and sees what its own instrumentation sets, even where nothing flows.
    [Theory, InlineData(true), InlineData(false)]
    public async Task Instrumentation_OfANestedGroup_IsItsOwn(bool flows)
    {
        Dictionary<string, RecordingInstrumentation> recordings = [];
        string? inBody = null;
        TaskGroup outer = Open(
            group =>
            {
                RecordingInstrumentation recording = new();
                recording.OnBody = () => Ambient.Value = "nested";
                recordings[$"{recordings.Count}"] = recording;
                return recording;
            },
            new TaskGroupOptions { ChildStart = ChildStart.Queued },
            flows);

        await outer.RunGroupAsync(async nested =>
        {
            inBody = Ambient.Value;
            await nested.Run(ct => Task.CompletedTask, "inner");
        }).WithWatchdog();
        await outer.RunGroupAsync(nested => Task.CompletedTask).WithWatchdog(); // settings that the first one has kept
        await outer.CloseAsync().WithWatchdog();

        Assert.Equal("nested", inBody);
        Assert.Equal(3, recordings.Count);
        Assert.Empty(recordings["0"].All);
        Assert.Equal(["body", "inner starting", "inner ending", "inner ended Succeeded"], recordings["1"].All);
        Assert.Equal(["body"], recordings["2"].All);
    }

    // A host's groups read a coarse clock when nothing measures them.
    [Fact]
    public async Task Instrumentation_OfAGroup_BringsExactTime()
    {
        GroupSettings settings = GroupSettings.Read(
            new TaskGroupOptions { Observer = new RecordingObserver() },
            null,
            new HostContext { Follow = (_, _) => new RecordingInstrumentation() });
        TaskGroup followed = TaskGroup.Open(settings, "first", null, default);
        TaskGroup again = TaskGroup.Open(settings, "second", null, default);
        TaskGroup free = Open(_ => null, new TaskGroupOptions());

        Assert.Null(free.Settings.Instrumentation);
        Assert.NotSame(followed.Settings.Instrumentation, again.Settings.Instrumentation);
        Assert.Same(followed.Settings.Clock, again.Settings.Clock);
        long before = TimeProvider.System.GetTimestamp();
        Assert.InRange(followed.Settings.Clock.Now, before, TimeProvider.System.GetTimestamp());
        await Task.WhenAll(followed.CloseAsync(), again.CloseAsync(), free.CloseAsync()).WithWatchdog();
    }

    // R14
    [Fact]
    public async Task Instrumentation_WhenItThrows_IsReportedAndHarmsNothing()
    {
        RecordingObserver observer = new();
        InvalidOperationException broken = new();
        string ended = "";

        await RunAsync(
            new RecordingInstrumentation { OnBody = () => throw broken, OnChild = _ => throw broken },
            async group => ended = await group.Run(ct => Task.FromResult("well"), "the child"),
            new TaskGroupOptions { Observer = observer });

        Assert.Equal("well", ended);
        Assert.Equal(
            [(broken, FailureKind.Observer), (broken, FailureKind.Observer)],
            observer.Of<ObserverEvent.FailureReported>().Select(each => (each.Exception, each.Kind)));
    }

    private static TaskGroup Open(Func<TaskGroup, GroupInstrumentation?> follow, TaskGroupOptions options, bool flows = true)
    {
        options.Observer ??= new RecordingObserver();
        return TaskGroup.Open(
            options, hostContext: new HostContext { Follow = (group, _) => follow((TaskGroup)group), FlowsContext = flows });
    }

    private static async Task RunAsync(RecordingInstrumentation recording, Func<ITaskGroup, Task> body, TaskGroupOptions options)
    {
        TaskGroup? first = null;
        TaskGroup outer = Open(
            group => ReferenceEquals(first ??= group, group) ? null : recording, new TaskGroupOptions { Observer = options.Observer });
        try
        {
            await outer.RunGroupAsync(body, options).WithWatchdog();
        }
        finally
        {
            await outer.CloseAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed class RecordingInstrumentation : GroupInstrumentation
    {
        private readonly Lock _lock = new();
        private readonly List<string> _all = [];
        private readonly Dictionary<long, string> _names = [];

        public Action? OnBody { get; set; }

        public Action<string>? OnChild { get; init; }

        public List<string> All
        {
            get
            {
                lock (_lock)
                {
                    return [.. _all];
                }
            }
        }

        public string[] Of(params string[] starts) =>
            [.. All.Where(line => starts.Any(start => line.StartsWith(start, StringComparison.Ordinal)))];

        protected override void OnBodyStarting()
        {
            Write("body");
            OnBody?.Invoke();
        }

        protected override void OnChildStarting(long id, string name)
        {
            lock (_lock)
            {
                _names.Add(id, name);
            }

            Write($"{name} starting");
            OnChild?.Invoke(name);
        }

        protected override void OnCanceling(CancellationReason reason, string? child, Exception? cause) =>
            Write($"canceling {reason} {child} {cause?.GetType().Name}");

        protected override void OnChildEnding(long id) => Write($"{_names[id]} ending");

        protected override void OnChildEnded(ChildEntry child, ChildOutcome outcome, TimeSpan elapsed, Exception? failure) =>
            Write($"{_names[child.Id]} ended {outcome} {failure?.GetType().Name}");

        protected override void OnChildNeverStarted(ChildEntry child, TimeSpan waited) => Write($"{child.Name} never started");

        protected override void OnChildRefused() => Write("refused");

        private void Write(string line)
        {
            lock (_lock)
            {
                _all.Add(line.TrimEnd());
            }
        }
    }
}
