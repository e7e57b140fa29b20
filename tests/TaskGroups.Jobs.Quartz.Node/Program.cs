using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using TaskGroups.Jobs.Quartz.Node;

// Node: its name in the ledger. Database: where the jobs are. Ledger: where runs are noted, on a way that no test breaks.
// IsNextVersion: whether it has the jobs of the next version.
HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
string node = builder.Configuration["Node"]!;
builder.Logging.ClearProviders();
builder.Logging.AddSimpleConsole(options =>
{
    options.SingleLine = true;
    options.TimestampFormat = "HH:mm:ss.fff ";
});
builder.Services.AddSingleton(_ => new Ledger(NpgsqlDataSource.Create(builder.Configuration["Ledger"]!), node));
builder.Services.AddBackgroundTaskGroup("jobs", options =>
{
    options.MaxConcurrency = 4;
    options.DrainTimeout = TimeSpan.FromMilliseconds(builder.Configuration.GetValue("DrainMilliseconds", 500));
    options.CancelTimeout = TimeSpan.FromSeconds(2);
});
builder.Services.AddJobs(jobs =>
{
    if (builder.Configuration.GetValue("IsNextVersion", false))
    {
        jobs.Add<DoNextWork, NextWork>("work");
        jobs.Add<DoNextWork, Audit>("audit");
    }
    else
    {
        jobs.Add<DoWork, Work>("work", job =>
        {
            job.MaxAttempts = 100;
            job.MaxLosses = 100;
            job.RetryDelay = TimeSpan.FromMilliseconds(200);
        });
        jobs.Add<DoPoison, Poison>("poison", job => job.MaxLosses = 1);
    }

    jobs.UseQuartz(quartz => quartz.UsePostgres(builder.Configuration["Database"]!));
});
using IHost host = builder.Build();
host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() => Console.WriteLine("started"));
await host.RunAsync();
