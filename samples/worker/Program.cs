using Polly;
using Polly.Retry;
using Worker;

// A program without a web server: it takes orders from a queue until SIGTERM or Ctrl+C, and leaves nothing half done.
HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);

// Long-lived work belongs to the default group, confirmations to a group of their own: bounded, with a drain of its own.
builder.Services.AddTaskGroups();
builder.Services.AddBackgroundTaskGroup("emails", options =>
{
    options.MaxConcurrency = 4;
    options.MaxWaiting = 1_000;
    options.OnUnfinished = (child, _) =>
    {
        Console.WriteLine($"Not finished: {child.Name} ({child.Reason})");
        return ValueTask.CompletedTask;
    };
});

// The consumer is started again when it fails or ends: at once, then after longer and longer pauses of at most 30 s.
ResiliencePipeline restart = new ResiliencePipelineBuilder()
    .AddRetry(new RetryStrategyOptions
    {
        MaxRetryAttempts = int.MaxValue,
        BackoffType = DelayBackoffType.Exponential,
        Delay = TimeSpan.FromMilliseconds(200),
        MaxDelay = TimeSpan.FromSeconds(30),
        UseJitter = true,
    })
    .Build();
builder.Services.AddBackgroundTask<OrderConsumer>((consumer, ct) => consumer.RunAsync(ct), restart, name: "order consumer");
builder.Services.AddHostedService<Progress>();
builder.Services
    .AddSingleton<OrderQueue>()
    .AddSingleton<Ledger>()
    .AddScoped<OrderConsumer>()
    .AddScoped<OrderHandler>()
    .AddScoped<Mailer>();

IHost host = builder.Build();
Ledger ledger = host.Services.GetRequiredService<Ledger>();
await host.RunAsync();
Console.WriteLine($"{ledger.Handled} orders were handled, {ledger.Confirmed} confirmations were sent.");
