using TaskGroups.Testing;

namespace TaskGroups.Tests;

// Names are cleaned where they are shown, and everything that names a child shows the same name.
public sealed class NameTests
{
    // R18
    [Theory, Plays]
    public Task Run_WhenGivenAName_UsesItEverywhere(Play play) => play.In(async scene =>
    {
        Gate started = new(), release = new();
        Task run = scene.RunAsync(
            async group =>
            {
                group.Run(
                    async ct =>
                    {
                        started.Open();
                        await release.WaitAsync(CancellationToken.None);
                        ct.ThrowIfCancellationRequested();
                    },
                    "yolo");
                await started.WaitAsync();
                Assert.Equal("yolo", group.GetSnapshot().Entries[1].Name);
                scene.Clock.Advance(TimeSpan.FromSeconds(1));
                await scene.Observer.WaitForAsync<ObserverEvent.GroupCanceled>();
                scene.Clock.Advance(TimeSpan.FromSeconds(5));
                await scene.Observer.WaitForAsync<ObserverEvent.ChildStraggling>();
                release.Open();
            },
            new TaskGroupOptions
            {
                Name = "trip",
                Timeout = TimeSpan.FromSeconds(1),
                TimeProvider = scene.Clock,
                Observer = scene.Observer
            });

        await Expect.TimedOut(run, "trip", "yolo");
        Assert.Equal("yolo", Assert.Single(scene.Observer.Of<ObserverEvent.ChildStarted>()).Name);
        Assert.Equal("yolo", Assert.Single(scene.Observer.Of<ObserverEvent.ChildStraggling>()).Name);
        Assert.Equal("yolo", Assert.Single(scene.Observer.Of<ObserverEvent.ChildCompleted>()).Name);
    });

    [Fact]
    public async Task Run_WhenGivenNoName_UsesTheTextOfTheDelegate()
    {
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                await group.Run(ct => Task.CompletedTask);
                await group.Run(Nothing);
                await group.Run(Nothing, "explicit");
                await group.Run(Nothing, null);
                await group.Run(Nothing, "");
                await group.Run(Nothing, " \t ");
                await group.Run((state, ct) => Task.CompletedTask, 1);
                await group.Run(ct => ValueTask.CompletedTask);
                await group.RunOrDefault(ct => Task.FromResult(1), 2);
                Assert.True(group.TryRun(ct => Nothing(ct)));
                await group.Run(async ct =>
                {
                    await Nothing(ct);
                });
            },
            new TaskGroupOptions { Observer = observer });

        Assert.Equal(
            [
                "Task.CompletedTask",
                "Nothing",
                "explicit",
                "child",
                "child",
                "child",
                "Task.CompletedTask",
                "ValueTask.CompletedTask",
                "Task.FromResult(1)",
                "Nothing(ct)",
                "{ await Nothing(ct); }",
            ],
            observer.Of<ObserverEvent.ChildStarted>().Select(each => each.Name));

        static Task Nothing(CancellationToken ct) => Task.CompletedTask;
    }

    // No forged log lines, no terminal escapes, no disguised text
    [Theory]
    [InlineData(null, "child")]
    [InlineData("", "child")]
    [InlineData("\r\n", "child")]
    [InlineData("\u202e\u0007", "child")]
    [InlineData("orders\r\n2026-01-01 ERROR forged", "orders 2026-01-01 ERROR forged")]
    [InlineData("  a \t\n b  ", "a b")]
    [InlineData("\u001b[31mred", "[31mred")]
    [InlineData("abc\u202Ecba", "abccba")]
    [InlineData("a\u2066b\u2069c\u200Fd", "abcd")]
    [InlineData("line\u2028separator", "line separator")]
    [InlineData("nul\0nul", "nulnul")]
    [InlineData("\0 a \0 b\0", "a b")]
    [InlineData("\u00fcml\u00e4ut \u65e5\u672c", "\u00fcml\u00e4ut \u65e5\u672c")]
    public async Task Run_WhateverTheName_CleansIt(string? given, string clean)
    {
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(group => group.Run(_ => Task.CompletedTask, given), new TaskGroupOptions { Observer = observer });
        Assert.Equal(clean, Assert.Single(observer.Of<ObserverEvent.ChildCompleted>()).Name);
    }

    // At most 128
    [Theory]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(100_000)]
    public async Task Run_WhenTheNameIsLong_CutsIt(int length)
    {
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            group => group.Run(_ => Task.CompletedTask, new string('x', length)),
            new TaskGroupOptions { Name = new string('g', length), Observer = observer });
        ObserverEvent.ChildCompleted ended = Assert.Single(observer.Of<ObserverEvent.ChildCompleted>());
        Assert.Equal((new string('x', 128), new string('g', 128)), (ended.Name, ended.Group.Name));
    }

    // a cut does not leave half a character
    [Fact]
    public async Task Run_WhenTheCutFallsIntoASurrogatePair_DropsThePair()
    {
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            group => group.Run(_ => Task.CompletedTask, new string('x', 127) + "\U0001F600"),
            new TaskGroupOptions { Observer = observer });
        Assert.Equal(new string('x', 127), Assert.Single(observer.Of<ObserverEvent.ChildCompleted>()).Name);
    }

    // At most 128, without the space that stands for what was dropped
    [Theory]
    [InlineData(127, "\r\ny", 127)]
    [InlineData(126, " \U0001F600", 126)]
    [InlineData(126, "\r\ny and more", 128)]
    public async Task Run_WhenTheCutFallsBehindASpace_DropsTheSpace(int length, string rest, int cut)
    {
        RecordingObserver observer = new();
        string name = new string('x', length) + rest;
        await TaskGroup.RunAsync(group => group.Run(_ => Task.CompletedTask, name), new TaskGroupOptions { Observer = observer });
        Assert.Equal(
            name.Replace("\r\n", " ", StringComparison.Ordinal)[..cut],
            Assert.Single(observer.Of<ObserverEvent.ChildCompleted>()).Name);
    }

    // a group's default name is that of the calling member
    [Fact]
    public Task RunAsync_OfTopLevelStatements_IsNamedMain() => TaskGroup.RunAsync(
        group =>
        {
            Assert.Equal("Main", group.Name);
            return Task.CompletedTask;
        },
        caller: "<Main>$").WithWatchdog();

    [Fact]
    public async Task RunAsync_WhenGivenNoName_TakesTheCallersName()
    {
        const string Caller = nameof(RunAsync_WhenGivenNoName_TakesTheCallersName);
        Assert.Equal(Caller, await TaskGroup.RunAsync(group => Task.FromResult(group.Name)));
        Assert.Equal(Caller, await TaskGroup.RunAsync(group => Task.FromResult(group.Name), new TaskGroupOptions()));
        await TaskGroup.RunAsync(group =>
        {
            Assert.Equal(Caller, group.Name);
            return Task.CompletedTask;
        });
        Assert.Equal("own", await TaskGroup.RunAsync(group => Task.FromResult(group.Name), new TaskGroupOptions { Name = "own" }));
        Assert.Equal("own", await TaskGroup.RunAsync(
            outer => outer.RunGroupAsync(group => Task.FromResult(group.Name), new TaskGroupOptions { Name = "own" })));
        Assert.Equal("group", await TaskGroup.RunAsync(group => Task.FromResult(group.Name), new TaskGroupOptions { Name = "\r\n" }));
        Assert.Equal("a b", await TaskGroup.RunAsync(group => Task.FromResult(group.Name), new TaskGroupOptions { Name = "a\r\nb" }));
    }

    // What is dropped, what becomes a space, and that their neighbours stay
    [Fact]
    public async Task Run_WhenTheNameHasControls_DropsThemAndNothingElse()
    {
        const string Dropped = "\u0001\u001F\u007F\u009F\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069";
        const string Spaces = "\t\n\u0085\u2028\u2029";
        const string Kept = "\u061B\u061D\u200D\u2010\u2027\u2065\u206A";
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                foreach (char each in Dropped + Spaces + Kept)
                {
                    await group.Run(_ => Task.CompletedTask, $"a{each}b");
                }
            },
            new TaskGroupOptions { Observer = observer });
        Assert.Equal(
            [.. Dropped.Select(_ => "ab"), .. Spaces.Select(_ => "a b"), .. Kept.Select(each => $"a{each}b")],
            observer.Of<ObserverEvent.ChildStarted>().Select(each => each.Name));
    }
}
