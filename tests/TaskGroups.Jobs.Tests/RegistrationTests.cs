using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Tests;

public sealed partial class RegistrationTests
{
    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\u202eb")]
    public void Add_WhenTheNameIsNoName_Refuses(string name) =>
        Assert.Throws<ArgumentException>(() => Add(jobs => jobs.Add<WorkHandler, Work>(name)));

    [Fact]
    public void Add_WhenTheNameIsTaken_NamesIt() =>
        AssertRefused<ArgumentException>("'work'", jobs => jobs.Add<WorkHandler, Work>("work").Add<OtherHandler, Other>("work"));

    [Fact]
    public void Add_WhenTheNameIsTakenByAnotherCallOfAddJobs_NamesIt()
    {
        var services = new ServiceCollection();
        services.AddJobs(jobs => jobs.Add<WorkHandler, Work>("work"));

        Assert.Throws<ArgumentException>(() => services.AddJobs(jobs => jobs.Add<OtherHandler, Other>("work")));
    }

    [Fact]
    public void Add_WhenThePayloadIsTaken_NamesBothJobs() =>
        AssertRefused<ArgumentException>("'first'", jobs => jobs.Add<WorkHandler, Work>("first").Add<WorkHandler, Work>("second"));

    [Fact]
    public void UseInMemory_WhenAnEngineIsChosen_NamesIt() =>
        AssertRefused<InvalidOperationException>("UseInMemory", jobs => jobs.UseInMemory().UseInMemory());

    public static TheoryData<string, Action<JobOptions>> BadOptions => new()
    {
        { "MaxAttempts", job => job.MaxAttempts = 0 },
        { "MaxLosses", job => job.MaxLosses = -1 },
        { "Timeout", job => job.Timeout = TimeSpan.Zero },
        { "RetryDelay", job => job.RetryDelay = TimeSpan.FromHours(1) },
        { "MaxRetryDelay", job => job.MaxRetryDelay = TimeSpan.FromDays(31) },
        { "RetryJitter", job => job.RetryJitter = 1.1 },
        { "KeepCompleted", job => job.KeepCompleted = TimeSpan.FromSeconds(-1) },
        { "KeepFailed", job => job.KeepFailed = TimeSpan.MaxValue },
        { "MissedTurns", job => job.MissedTurns = (MissedTurns)7 },
        { "0 3 * *", job => job.Cron("0 3 * *") },
        { "61 * * * *", job => job.Cron("61 * * * *") },
        { "period", job => job.Every(TimeSpan.FromSeconds(1.5)) },
        { "period", job => job.Every(TimeSpan.FromMilliseconds(10)) },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Add_WhenAnOptionIsOutOfRange_NamesIt(string named, Action<JobOptions> configure) =>
        AssertRefused<ArgumentException>(named, jobs => jobs.Add<WorkHandler, Work>("work", configure));

    [Fact]
    public void Every_WhenTheJobRecursAlready_Refuses() => AssertRefused<InvalidOperationException>(
        "one schedule", jobs => jobs.Add<WorkHandler, Work>("work", job => job.Every(TimeSpan.FromSeconds(1)).Cron("* * * * *")));

    [Fact]
    public async Task Start_WithoutAnEngine_SaysWhatToCall()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddJobs(jobs => jobs.Add<WorkHandler, Work>("work"));
        using IHost host = builder.Build();

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());

        Assert.Contains("UseInMemory", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WhenARecurringPayloadNeedsValues_SaysSo()
    {
        await using JobHost host = JobHost.Build(jobs =>
            jobs.UseInMemory().Add<DemandingHandler, Demanding>("demanding", job => job.Every(TimeSpan.FromHours(1))));

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Host.StartAsync());

        Assert.Contains("'demanding'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnqueueAsync_WhenNoJobHasThePayload_SaysWhatToCall()
    {
        await using JobHost host = JobHost.Build(jobs => jobs.UseInMemory());

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await host.Jobs.EnqueueAsync(new Demanding { Needed = 1 }));

        Assert.Contains("AddJobs", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnqueueAsync_WhenThePayloadIsTooLarge_SaysHowLarge()
    {
        await using JobHost host = JobHost.Build(jobs => jobs.UseInMemory());

        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(
            async () => await host.Jobs.EnqueueAsync(new Work(new string('ü', 64 * 1024))));

        Assert.Contains("'work'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("65,536", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnqueueAsync_WhenThePayloadCannotBeSerialized_NamesTheJob()
    {
        await using JobHost host = JobHost.Build(jobs => jobs.UseInMemory().Add<LoopHandler, Loop>("loop"));
        var loop = new Loop();
        loop.Self = loop;

        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(async () => await host.Jobs.EnqueueAsync(loop));

        Assert.Contains("'loop'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnqueueAsync_WhenATransactionIsGiven_SaysToEnqueueAfterTheCommit()
    {
        await using JobHost host = JobHost.Build(jobs => jobs.UseInMemory());

        NotSupportedException refused = await Assert.ThrowsAsync<NotSupportedException>(
            async () => await host.Jobs.EnqueueAsync(new Work(), new() { Transaction = new AnyTransaction() }));

        Assert.Contains("Commit the transaction, then enqueue", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "")]
    [InlineData("""{"text":"a","added":{"later":[1]}}""", "a")]
    [InlineData("""{"TEXT":"a"}""", "a")]
    public async Task Payload_WhenPropertiesAreMissingOrAdded_IsRead(string payload, string text)
    {
        var called = new TaskCompletionSource<string>();
        await using JobHost host = JobHost.Build(jobs => jobs.UseInMemory(), call =>
        {
            called.SetResult(call.Text);
            return Task.CompletedTask;
        });
        await host.Host.StartAsync().WithWatchdog();

        await host.Engine.EnqueueAsync(new JobEntry("1", "work", payload, DateTimeOffset.UnixEpoch), null, default);

        Assert.Equal(text, await called.Task.WithWatchdog());
    }

    [Fact]
    public async Task Add_WithSourceGeneratedJson_NeedsNoReflection()
    {
        var called = new TaskCompletionSource<string>();
        await using JobHost host = JobHost.Build(
            jobs => jobs.UseInMemory().Add<NoteHandler, Note>("note", RegistrationJson.Default.Note),
            services: services => services.AddSingleton(called));
        await host.Host.StartAsync().WithWatchdog();

        await host.Jobs.EnqueueAsync(new Note("generated"));

        Assert.Equal("generated", await called.Task.WithWatchdog());
    }

    private static void Add(Action<JobsBuilder> configure) => new ServiceCollection().AddJobs(configure);

    private static void AssertRefused<TException>(string named, Action<JobsBuilder> configure)
        where TException : Exception =>
        Assert.Contains(named, Assert.ThrowsAny<TException>(() => Add(configure)).Message, StringComparison.Ordinal);

    private sealed class Demanding
    {
        public required int Needed { get; init; }
    }

    private sealed class Loop
    {
        public Loop? Self { get; set; }
    }

    internal sealed record Note(string Text);

    [JsonSerializable(typeof(Note))]
    internal sealed partial class RegistrationJson : JsonSerializerContext;

    private sealed class DemandingHandler : IJobHandler<Demanding>
    {
        public Task RunAsync(Demanding job, JobContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class LoopHandler : IJobHandler<Loop>
    {
        public Task RunAsync(Loop job, JobContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class NoteHandler(TaskCompletionSource<string> called) : IJobHandler<Note>
    {
        public Task RunAsync(Note job, JobContext context, CancellationToken cancellationToken)
        {
            called.SetResult(job.Text);
            return Task.CompletedTask;
        }
    }

    private sealed class AnyTransaction : System.Data.Common.DbTransaction
    {
        public override System.Data.IsolationLevel IsolationLevel => System.Data.IsolationLevel.Unspecified;

        protected override System.Data.Common.DbConnection? DbConnection => null;

        public override void Commit()
        {
        }

        public override void Rollback()
        {
        }
    }
}
