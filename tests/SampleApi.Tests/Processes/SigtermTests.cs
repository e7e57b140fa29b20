using System.Diagnostics;
using System.Globalization;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>
/// A deploy under load: the storefront gets SIGTERM while orders and pages come in, after a random number of accepted orders. Twice
/// in the normal run; <c>TASKGROUPS_SIGTERMS</c> says how often, <c>TASKGROUPS_SEED</c> repeats a run, and <c>TASKGROUPS_SAMPLE</c> names
/// another sample-api.dll, for example a published one.
/// </summary>
public sealed class SigtermTests(SqliteFiles databases, Storefront upstreams) : DeployTests(databases, upstreams)
{
    private const int MostOrdersBefore = 60;

    // Soft phase and hard phase of the drain; receipts take from no time at all to longer than both, in turns.
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan CancelTimeout = TimeSpan.FromSeconds(2);
    private static readonly int[] ReceiptDelays = [3_000, 0, 500, 20, 200];

    // Requests that were begun (pages end by their limit of 2 s), the drain, and starting and ending a process on a busy machine.
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(2) + DrainTimeout + CancelTimeout + TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Sigterm_AtRandomMomentsUnderLoad_LosesNoAcceptedOrder()
    {
        int moments = Setting("TASKGROUPS_SIGTERMS") ?? 2;
        int seed = Setting("TASKGROUPS_SEED") ?? Random.Shared.Next();
        Random random = new(seed);
        // From each part of the range one number: few orders, many, and some between.
        int[] parts = [.. Enumerable.Range(0, moments)];
        random.Shuffle(parts);
        for (int moment = 1; moment <= moments; moment++)
        {
            int orders = (int)((parts[moment - 1] + random.NextDouble()) * (MostOrdersBefore + 1) / moments);
            int receiptMs = ReceiptDelays[(moment - 1) % ReceiptDelays.Length];
            try
            {
                await TerminateAsync(moment, orders, receiptMs);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException(
                    $"Moment {moment} (after {orders} orders, receipts take {receiptMs} ms) of TASKGROUPS_SEED={seed} failed: {e.Message}",
                    e);
            }
        }
    }

    private async Task TerminateAsync(int moment, int orders, int receiptMs)
    {
        string name = $"moment-{moment}";
        await using SampleProcess shop = Start(
            name,
            hook: null,
            ("Receipts__DelayMs", receiptMs.ToString(CultureInfo.InvariantCulture)),
            ("TaskGroups__Background__receipts__DrainTimeout", DrainTimeout.ToString()),
            ("TaskGroups__Background__receipts__CancelTimeout", CancelTimeout.ToString()));
        DeployLoad load = new(await shop.ListensAsync(), orders);
        Task clients = load.RunAsync();

        await load.EnoughAccepted.WithWatchdog();
        long terminated = Stopwatch.GetTimestamp();
        shop.Terminate();
        int exitCode = await shop.ExitAsync();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(terminated);
        await clients.WithWatchdog();

        string log = string.Join(Environment.NewLine, shop.Lines.TakeLast(60));
        Assert.True(exitCode == 0, $"Exit code {exitCode}:{Environment.NewLine}{log}");
        Assert.True(elapsed < Budget, $"Took {elapsed}, the budget is {Budget}.{Environment.NewLine}{log}");
        Assert.True(load.Accepted.Count >= orders, log);
        Assert.Empty(load.Unexpected);
        await AssertDoneOrRecordedAsync(name, load.Accepted, log);
    }

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : null;
}
