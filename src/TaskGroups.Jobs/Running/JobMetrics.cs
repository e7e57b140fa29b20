using System.Diagnostics.Metrics;
using TaskGroups.Hosting;

namespace TaskGroups.Jobs;

/// <summary>The instruments of the meter <c>TaskGroups</c> that speak of jobs.</summary>
internal sealed class JobMetrics
{
    private readonly IMeterFactory _factory;
    private readonly Counter<long> _enqueued;
    private readonly Counter<long> _started;
    private readonly Counter<long> _completed;
    private readonly Counter<long> _handedBack;
    private readonly Counter<long> _leaseLost;
    private readonly Counter<long> _recovered;

    public JobMetrics(IMeterFactory factory)
    {
        _factory = factory;
        Meter meter = factory.Create(TaskGroupsTelemetry.MeterName);
        _enqueued = meter.CreateCounter<long>("taskgroups.jobs.enqueued", "{job}", "Jobs that were handed over.");
        _started = meter.CreateCounter<long>("taskgroups.jobs.started", "{job}", "Runs of jobs that began on this node.");
        _completed = meter.CreateCounter<long>("taskgroups.jobs.completed", "{job}", "Attempts that ended on this node, by outcome.");
        _handedBack = meter.CreateCounter<long>(
            "taskgroups.jobs.handed_back", "{job}", "Runs that the application's stop cut short, and that wait for another run.");
        _leaseLost = meter.CreateCounter<long>(
            "taskgroups.jobs.lease_lost", "{job}", "Runs that were canceled because this node had lost their lease.");
        _recovered = meter.CreateCounter<long>(
            "taskgroups.jobs.recovered", "{job}", "Runs that began again what had begun before and not ended.");
    }

    /// <summary>Publishes the instruments that look at the queues. To be called once.</summary>
    public void Publish(IJobEngine engine, TimeProvider time)
    {
        Meter meter = _factory.Create(TaskGroupsTelemetry.MeterName);
        meter.CreateObservableGauge(
            "taskgroups.jobs.waiting",
            () => engine.Queues.Select(queue => new Measurement<long>(queue.Waiting, Job(queue.Job))),
            "{job}",
            "Jobs that wait, in the whole cluster: take the maximum of the nodes.");
        meter.CreateObservableGauge(
            "taskgroups.jobs.oldest_age",
            () => engine.Queues.Select(queue => new Measurement<double>(
                queue.OldestDueAt is { } due ? Math.Max(0, (time.GetUtcNow() - due).TotalSeconds) : 0, Job(queue.Job))),
            "s",
            "How long the oldest job that is due has waited, in the whole cluster: take the maximum of the nodes.");
    }

    public void Enqueued(string job) => _enqueued.Add(1, Job(job));

    public void Started(string job, bool isRecovered)
    {
        _started.Add(1, Job(job));
        if (isRecovered)
        {
            _recovered.Add(1, Job(job));
        }
    }

    public void Ended(string job, JobRunOutcome outcome)
    {
        switch (outcome)
        {
            case JobRunOutcome.HandedBack:
                _handedBack.Add(1, Job(job));
                break;
            case JobRunOutcome.Dropped:
                _leaseLost.Add(1, Job(job));
                break;
            default:
                _completed.Add(1, Job(job), new("outcome", Word(outcome)));
                break;
        }
    }

    /// <summary>The word for the outcome of a run in tags.</summary>
    public static string Word(JobRunOutcome outcome) => outcome switch
    {
        JobRunOutcome.Succeeded => "succeeded",
        JobRunOutcome.Failed => "failed",
        JobRunOutcome.Canceled => "canceled",
        JobRunOutcome.HandedBack => "handed_back",
        _ => "lease_lost",
    };

    private static KeyValuePair<string, object?> Job(string name) => new("job", name);
}
