using SampleApi.Tests;
using TaskGroups.Jobs;

[assembly: HostingStartup(typeof(NextRelease))]

namespace SampleApi.Tests;

/// <summary>
/// Makes the sample its own next release, which has one job more and enqueues it when it starts; only in a process whose environment asks
/// for it.
/// </summary>
public sealed class NextRelease : IHostingStartup
{
    public const string Switch = "TASKGROUPS_TEST_NEXT_RELEASE";

    public const int Count = 10;

    /// <summary>What the job writes to the console.</summary>
    public const string Thanked = "Thanked for order";

    public void Configure(IWebHostBuilder builder)
    {
        if (Environment.GetEnvironmentVariable(Switch) == "1")
        {
            builder.ConfigureServices(services => services
                .AddJobs(jobs => jobs.Add<Thank, ThanksDue>("thank"))
                .AddHostedService<Starter>());
        }
    }

    internal sealed record ThanksDue(int Order);

    internal sealed class Thank : IJobHandler<ThanksDue>
    {
        public Task RunAsync(ThanksDue job, JobContext context, CancellationToken cancellationToken)
        {
            Console.WriteLine($"{Thanked} {job.Order}");
            return Task.CompletedTask;
        }
    }

    private sealed class Starter(IJobs jobs) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            for (int order = 1; order <= Count; order++)
            {
                await jobs.EnqueueAsync(new ThanksDue(order), new() { Id = $"thank-{order}" }, cancellationToken);
            }
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
