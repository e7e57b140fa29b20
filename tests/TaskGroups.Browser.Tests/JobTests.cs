using TaskGroups.Jobs;
using static Microsoft.Playwright.Assertions;

namespace TaskGroups.Browser.Tests;

// R38, R46: jobs on the live page.
public sealed class JobTests(Chromium chromium)
{
    [Fact]
    public async Task Job_IsARowOfItsKindWhileItRuns_AndThenInTheHistory()
    {
        var shop = new Shop();
        var clock = new ClockAhead();
        await using WatchedApp app = await WatchedApp.StartAsync(
            web => { },
            builder => builder.Services
                .AddSingleton(shop)
                .AddBackgroundTaskGroup("jobs", options => options.MaxConcurrency = 1)
                .AddJobs(jobs => jobs.UseInMemory().Add<ReceiptHandler, Receipt>("send-receipt")),
            clock: clock);
        await using Viewer viewer = await chromium.OpenAsync(app.Address);
        IJobs jobs = app.Services.GetRequiredService<IJobs>();

        await jobs.EnqueueAsync(new Receipt(1));
        await Expect(viewer.Row("send-receipt").Locator(".kind")).ToContainTextAsync("job");
        await Expect(viewer.Row("write receipt 1").Locator(".state")).ToHaveTextAsync("running");
        await viewer.Page.Locator("#kind-filter").SelectOptionAsync("job");
        await Expect(viewer.Page.Locator("#list .row .label")).ToHaveTextAsync(["jobs", "send-receipt", "write receipt 1"]);

        // No slot is free for the second one: it waits in its queue.
        await jobs.EnqueueAsync(new Receipt(2));
        await Expect(viewer.Page.Locator("#queue-rows tr td").First).ToHaveTextAsync("1");
        clock.Advance(TimeSpan.FromSeconds(65));
        await Expect(viewer.Page.Locator("#queue-rows tr")).ToHaveTextAsync(["^send-receipt11 min \\d s$".AsRegex()]);

        shop["1"].Open();
        await Expect(viewer.Row("write receipt 2").Locator(".state")).ToHaveTextAsync("running");
        await Expect(viewer.Page.Locator("#queue-rows tr")).ToHaveTextAsync(["send-receipt0none waits"]);
        await Expect(viewer.Row("write receipt 1")).ToHaveCountAsync(0);
        await viewer.Page.Locator("#view-history").ClickAsync();
        await Expect(viewer.Row("send-receipt").Locator(".state")).ToHaveTextAsync("succeeded");
        await Expect(viewer.Row("send-receipt").Locator(".kind")).ToContainTextAsync("job");
        shop["2"].Open();
        await Expect(viewer.Row("send-receipt")).ToHaveCountAsync(2);
        viewer.AssertQuiet();
    }

    private sealed record Receipt(int Number);

    private sealed class ReceiptHandler(Shop shop, ITaskGroup tasks) : IJobHandler<Receipt>
    {
        public Task RunAsync(Receipt job, JobContext context, CancellationToken cancellationToken) =>
            tasks.Run(ct => shop[$"{job.Number}"].WaitAsync(ct), $"write receipt {job.Number}");
    }
}
