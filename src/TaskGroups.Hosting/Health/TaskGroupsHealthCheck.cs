using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace TaskGroups.Hosting;

/// <summary>
/// Says whether the application can take work: not while it drains or something holds its readiness back; badly while a background group is
/// nearly full, children ignore their cancellation, or a supervised child is not started again.
/// </summary>
internal sealed class TaskGroupsHealthCheck(
    ApplicationGroups application,
    BackgroundGroups background,
    Readiness readiness,
    IHostApplicationLifetime? lifetime = null) : IHealthCheck
{
    private const double SaturatedFrom = 0.8;

    // The token fires before its callbacks, one of which stops the root: another one may take its time before that (R33).
    private bool IsDraining => application.Root.IsStopped || lifetime is { ApplicationStopping.IsCancellationRequested: true };

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        (string Key, string Text, bool IsFatal, string[] Names)[] findings =
        [
            ("draining", "The application is draining", true, IsDraining ? [.. background.All.Select(g => g.Name)] : []),
            ("notReady", "Not ready yet", true, [.. readiness.Pending.Order(StringComparer.Ordinal)]),
            ("givenUp", "Not started again", false, [.. background.All.SelectMany(g => g.GivenUp.Select(it => Describe(it, g.Name)))]),
            ("saturated", "Nearly full", false, [.. background.All.Where(IsSaturated).Select(g => g.Name)]),
            ("straggling", "Still running after cancellation", false, FindStragglers(application.Root.GetSnapshot())),
        ];
        (string Key, string Text, bool IsFatal, string[] Names)[] found = [.. findings.Where(finding => finding.Names.Length > 0)];
        HealthStatus status = found.Length == 0 ? HealthStatus.Healthy
            : found.Any(finding => finding.IsFatal) ? context.Registration.FailureStatus
            : HealthStatus.Degraded;
        return Task.FromResult(new HealthCheckResult(
            status,
            string.Join(". ", found.Select(finding => $"{finding.Text}: {string.Join(", ", finding.Names)}")),
            data: found.ToDictionary(finding => finding.Key, finding => (object)finding.Names)));
    }

    // A group without room to wait is saturated when no more can run.
    private static bool IsSaturated(BackgroundTaskGroup group) => group.Limiter switch
    {
        { MaxWaiting: 0, Size: var slots } => group.RunningCount >= slots,
        { MaxWaiting: { } room } => group.WaitingCount >= room * SaturatedFrom,
        _ => false,
    };

    private string[] FindStragglers(TaskGroupSnapshot snapshot)
    {
        TimeSpan limit = application.Root.Settings.StragglerAfter ?? TimeSpan.MaxValue;
        Dictionary<long, string> groups = snapshot.Entries.Where(e => e.Kind == SnapshotKind.Group).ToDictionary(e => e.Id, e => e.Name);
        return
        [
            .. snapshot.Entries
                .Where(entry => entry.Kind == SnapshotKind.Child && entry.SinceCancellation >= limit)
                .Select(entry => Describe(entry.Name, groups[entry.ParentId!.Value])),
        ];
    }

    private static string Describe(string child, string group) => $"'{child}' of '{group}'";
}
