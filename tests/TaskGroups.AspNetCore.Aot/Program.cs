using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using TaskGroups;
using TaskGroups.Aot;
using TaskGroups.AspNetCore;
using TaskGroups.Jobs;

await CoreMembers.UseAsync();

// Request groups and jobs in an application that is compiled ahead of time: limits from configuration, code and attributes, each seen in an
// answer; jobs in memory, with payloads that are serialized without reflection.
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Logging.ClearProviders();
builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
{
    ["TaskGroups:Requests:DefaultTimeout"] = "00:00:30",
    ["TaskGroups:Requests:DefaultPolicy:ChildStart"] = "Queued",
    ["TaskGroups:Requests:Policies:narrow:MaxConcurrency"] = "1",
    ["TaskGroups:Requests:Policies:narrow:MaxWaiting"] = "0",
});
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, AppJson.Default));
builder.Services.AddProblemDetails();
builder.Services.AddRequestTaskGroups(builder.Configuration.GetSection("TaskGroups:Requests"));
builder.Services.AddBackgroundTaskGroup("jobs", options => options.OnUnfinished = (child, _) =>
{
    if (child.Name == "send-receipt")
    {
        Console.WriteLine($"'{child.State}': {child.Reason}, resumed: {child.WillBeResumed}");
    }

    return ValueTask.CompletedTask;
});
builder.Services.AddJobs(jobs =>
{
    jobs.Add<SendReceipt, ReceiptDue>("send-receipt", AppJson.Default.ReceiptDue, job => job.RetryDelay = TimeSpan.Zero);
    jobs.Add<CloseDay, DayToClose>("close-day", AppJson.Default.DayToClose, job => job.Cron("0 3 * * *"));
    jobs.UseInMemory();
});

WebApplication app = builder.Build();
app.UseExceptionHandler();
app.UseRequestTaskGroups();
app.MapGet("/sum", async (ITaskGroup tasks) =>
{
    Task<int> one = tasks.Run(_ => Task.FromResult(1));
    Task<int> two = tasks.Run(_ => Task.FromResult(2));
    return new Sum(await one + await two);
}).WithTaskGroup();
app.MapGet("/forgotten", (ITaskGroup tasks) =>
{
    tasks.Run(_ => Task.FromException(new FormatException("broken")));
    return new Sum(0);
}).WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 4 });
app.MapGet("/slow", async (ITaskGroup tasks) =>
{
    await tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
    return new Sum(0);
}).WithTaskGroup(TimeSpan.FromMilliseconds(50));
app.MapGet("/full", async (HttpContext context) =>
{
    ITaskGroup tasks = context.GetTaskGroup();
    Task first = tasks.Run(ct => Task.Delay(Timeout.Infinite, ct));
    await tasks.Run(_ => first);
    return new Sum(0);
}).WithTaskGroup("narrow");
app.MapGet("/rows", [DisableTaskGroup] (ITaskGroup tasks) => RowsAsync(tasks));
app.MapGet("/orders/{id:int}", async (int id, IJobs jobs) =>
{
    await jobs.EnqueueAsync(new ReceiptDue(id), new() { Id = $"receipt-{id}" });
    await jobs.EnqueueAsync(new ReceiptDue(id), new() { Id = $"copy-{id}", NotBefore = DateTimeOffset.UtcNow.AddHours(1) });
    return new Sum(id);
});
app.MapJobs("/jobs").AllowAnonymous();

await app.StartAsync();
IServerAddressesFeature addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>();
using HttpClient client = new() { BaseAddress = new Uri(addresses.Addresses.First()) };
foreach (string path in (string[])["/sum", "/forgotten", "/slow", "/full", "/rows", "/orders/7", "/jobs/copy-7"])
{
    using HttpResponseMessage response = await client.GetAsync(path);
    string body = await response.Content.ReadAsStringAsync();
    Console.WriteLine($"{path}: {response.StatusCode}, {response.Content.Headers.ContentType?.MediaType}, {body.Split("\"traceId\"")[0]}");
}

// Jobs that are due run to their end; one that waits for its time is reported.
await app.StopAsync();
JobStatus? receipt = await app.Services.GetRequiredService<IJobs>().FindAsync("receipt-7");
Console.WriteLine($"{receipt?.Id}: {receipt?.State} in attempt {receipt?.Attempt}");

static async IAsyncEnumerable<Sum> RowsAsync(ITaskGroup tasks)
{
    for (int number = 0; number < 3; number++)
    {
        yield return new Sum(await tasks.Run(_ => Task.FromResult(number)));
    }
}

internal sealed record Sum(int Value);

[JsonSerializable(typeof(Sum))]
[JsonSerializable(typeof(IAsyncEnumerable<Sum>))]
[JsonSerializable(typeof(ReceiptDue))]
[JsonSerializable(typeof(DayToClose))]
internal sealed partial class AppJson : JsonSerializerContext;
