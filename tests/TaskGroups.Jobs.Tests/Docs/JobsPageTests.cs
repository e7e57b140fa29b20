using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.Jobs.Tests;

/// <summary>The code that docs/jobs.md shows, with what it is said to do.</summary>
public sealed class JobsPageTests
{
    [Fact]
    public async Task SendReceipt_WhenItIsEnqueuedTwice_SendsOnce()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<Mail>();

        // <snippet: jobs-add>
        builder.Services.AddJobs(jobs =>
        {
            jobs.Add<SendReceipt, ReceiptDue>("send-receipt", job =>
            {
                job.MaxAttempts = 5;
                job.Timeout = TimeSpan.FromMinutes(10);
            });
            jobs.UseInMemory();
        });
        // </snippet>

        using IHost host = builder.Build();
        await host.StartAsync().WithWatchdog();
        IJobs jobs = host.Services.GetRequiredService<IJobs>();
        Mail mail = host.Services.GetRequiredService<Mail>();
        int orderId = 42;
        CancellationToken cancellationToken = CancellationToken.None;

        // <snippet: jobs-enqueue>
        JobId id = await jobs.EnqueueAsync(new ReceiptDue(orderId), new() { Id = $"receipt-{orderId}" }, cancellationToken);
        // </snippet>

        await mail.Sent.WaitForAsync("receipt-42").WithWatchdog();
        await jobs.EnqueueAsync(new ReceiptDue(orderId), new() { Id = id }, cancellationToken);
        await host.StopAsync().WithWatchdog();
        Assert.Equal(["receipt-42"], mail.Sent.Steps);
    }

    [Fact]
    public void Recurring_WhenItIsAdded_HasASchedule()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        TimeZoneInfo berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

        // <snippet: jobs-recurring>
        builder.Services.AddJobs(jobs =>
        {
            jobs.Add<CloseDay, DayToClose>("close-day", job => job.Cron("0 3 * * *", berlin));
            jobs.Add<Sweep, Expired>("sweep", job =>
            {
                job.Every(TimeSpan.FromMinutes(5));
                job.MissedTurns = MissedTurns.Skip;
            });
            jobs.UseInMemory();
        });
        // </snippet>

        using IHost host = builder.Build();
        Assert.All(host.Services.GetRequiredService<JobRegistry>().All, job => Assert.NotNull(job.Options.Schedule));
    }

    [Fact]
    public async Task SendReceipt_WhenATestCallsIt_NeedsNoEngine()
    {
        var mail = new Mail();

        // <snippet: jobs-test>
        var handler = new SendReceipt(mail);
        await handler.RunAsync(new ReceiptDue(7), new JobContext("receipt-7", "send-receipt"), CancellationToken.None);
        // </snippet>

        Assert.Equal(["receipt-7"], mail.Sent.Steps);
    }

    private sealed class Mail
    {
        public Trail Sent { get; } = new();

        // As a mail service with idempotency keys does.
        public Task SendAsync(string key, int orderId, CancellationToken cancellationToken)
        {
            if (Sent.CountOf(key) == 0)
            {
                Sent.Add(key);
            }

            return Task.CompletedTask;
        }
    }

    private sealed record DayToClose;

    private sealed record Expired;

    private sealed class CloseDay : IJobHandler<DayToClose>
    {
        public Task RunAsync(DayToClose job, JobContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Sweep : IJobHandler<Expired>
    {
        public Task RunAsync(Expired job, JobContext context, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    // <snippet: jobs-handler>
    private sealed record ReceiptDue(int OrderId);

    private sealed class SendReceipt(Mail mail) : IJobHandler<ReceiptDue>
    {
        public Task RunAsync(ReceiptDue job, JobContext context, CancellationToken cancellationToken) =>
            mail.SendAsync(key: context.Id.Value, job.OrderId, cancellationToken);
    }
    // </snippet>
}
