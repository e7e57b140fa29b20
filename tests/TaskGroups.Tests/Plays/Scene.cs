using System.Runtime.CompilerServices;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>Opens groups the way a <see cref="Play"/> wants them, and keeps what a test usually needs.</summary>
internal sealed class Scene(Play play)
{
    private readonly Lock _lock = new();
    private readonly List<Task> _checks = [];

    public ChildStart Start => play.Start;

    public bool IsQueued => play.Start == ChildStart.Queued;

    public Trail Trail { get; } = new();

    public ManualClock Clock { get; } = new();

    public RecordingObserver Observer { get; } = new();

    public Task RunAsync(
        Func<ITaskGroup, Task> body,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string? caller = null) =>
        RunAsync(body, new TaskGroupOptions(), cancellationToken, caller);

    public Task RunAsync(
        Func<ITaskGroup, Task> body,
        TaskGroupOptions options,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string? caller = null)
    {
        Check check = Prepare(options);
        return Watch(TaskGroup.RunAsync(group => body(check.Seat(group)), options, cancellationToken, caller), check);
    }

    public Task<T> RunAsync<T>(
        Func<ITaskGroup, Task<T>> body,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string? caller = null) =>
        RunAsync(body, new TaskGroupOptions(), cancellationToken, caller);

    public Task<T> RunAsync<T>(
        Func<ITaskGroup, Task<T>> body,
        TaskGroupOptions options,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string? caller = null)
    {
        Check check = Prepare(options);
        return Watch(TaskGroup.RunAsync(group => body(check.Seat(group)), options, cancellationToken, caller), check);
    }

    /// <summary>Every group of the test has been joined, and its witness is content.</summary>
    public Task VerifyAsync()
    {
        lock (_lock)
        {
            return Task.WhenAll(_checks);
        }
    }

    private Check Prepare(TaskGroupOptions options)
    {
        options.ChildStart = play.Start;
        Check check = new(play.Witness);
        if (play.Witness == Witness.Observer)
        {
            options.Observer ??= check.Observer;
        }

        return check;
    }

    private TTask Watch<TTask>(TTask run, Check check)
        where TTask : Task
    {
        // On the thread that completes the group, before code that awaits it goes on.
        Task verified = run.ContinueWith(
            _ => check.Verify(),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        lock (_lock)
        {
            _checks.Add(verified);
        }

        return run;
    }

    private sealed class Check(Witness witness)
    {
        private readonly Children _children = new();

        public RecordingObserver Observer { get; } = new();

        public ITaskGroup Seat(ITaskGroup group) => witness == Witness.Counter ? new CountingGroup(group, _children) : group;

        public void Verify()
        {
            _children.Verify();
            Observer.Events.Verify();
        }
    }
}
