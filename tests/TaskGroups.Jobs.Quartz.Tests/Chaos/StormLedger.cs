namespace TaskGroups.Jobs.Quartz.Tests;

/// <summary>What happened to the nodes of a storm, and what their ledger must say afterwards.</summary>
internal sealed class StormLedger
{
    private readonly Dictionary<string, double> _killed = [];
    private readonly List<(string Node, double From, double To)> _frozen = [];
    private readonly List<string> _refused = [];

    /// <summary>Seconds for which two runs of one job went on at the same time, at most.</summary>
    public double LongestOverlap { get; private set; }

    /// <summary>The runs of jobs that had run before.</summary>
    public int RunsAgain { get; private set; }

    public void Killed(NodeProcess node) => _killed[node.Name] = ChaosCluster.Now;

    public void Frozen(NodeProcess node, double from, double to) => _frozen.Add((node.Name, from, to));

    /// <summary>The node must not take part.</summary>
    public void Refused(string node) => _refused.Add(node);

    /// <summary>
    /// Checks that every job that was committed has ended well, that none ran that was rolled back, that a job began again only where it
    /// was known that it had begun, and that no node ran anything that must not take part.
    /// </summary>
    /// <returns>What is not so.</returns>
    public async Task<IReadOnlyList<string>> CheckAsync(ChaosCluster cluster, StormClient client)
    {
        IReadOnlyList<LedgerRun> runs = await cluster.UntilAsync(async () => await cluster.ReadAsync());
        ILookup<string, LedgerRun> byJob = runs.ToLookup(run => run.Job);
        List<string> faults =
        [
            .. client.RolledBack.Where(id => byJob.Contains(id.Value)).Select(id => $"{id} was rolled back, and ran"),
            .. runs.Where(run => _refused.Contains(run.Node)).Select(run => $"A node with a wrong clock ran {run}"),
        ];
        foreach (JobId id in client.Committed)
        {
            JobStatus?[] found = await cluster.UntilAsync(async () => new[] { await cluster.Jobs.FindAsync(id) });
            LedgerRun[] ofJob = [.. byJob[id.Value]];
            if (found[0]?.State != JobState.Succeeded || !ofJob.Any(run => run is { Reason: JobEnd.None }))
            {
                faults.Add($"{id} was lost: {found[0]}");
            }

            foreach ((LedgerRun one, LedgerRun two) in ofJob.Zip(ofJob.Skip(1)))
            {
                RunsAgain++;
                LongestOverlap = Math.Max(LongestOverlap, OverlapOf(one, two));
                if (!two.IsRecovered && two.Attempt <= one.Attempt)
                {
                    faults.Add($"{id} began twice without a word: {one}, {two}");
                }
            }
        }

        return faults;
    }

    // A process that stands still runs nothing.
    private double OverlapOf(LedgerRun one, LedgerRun two)
    {
        double end = one.Ended ?? _killed.GetValueOrDefault(one.Node, double.PositiveInfinity);
        double from = two.Started;
        foreach ((string node, double frozenFrom, double frozenTo) in _frozen)
        {
            if (node == one.Node && from >= frozenFrom && from < frozenTo)
            {
                from = frozenTo;
            }
        }

        return Math.Max(0, Math.Min(end, two.Ended ?? _killed.GetValueOrDefault(two.Node, end)) - from);
    }
}
