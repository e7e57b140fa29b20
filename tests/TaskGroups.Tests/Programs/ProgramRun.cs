using System.Collections.Concurrent;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>Runs a program for real, with all the concurrency that it asks for, and notes what happens.</summary>
internal sealed class ProgramRun(ProgramGroup program, bool isObserved) : IDisposable
{
    private readonly CancellationTokenSource _caller = new();
    private readonly ManualClock _clock = new();
    private readonly ConcurrentQueue<Task> _watches = new();

    public RecordingObserver? Observer { get; } = isObserved ? new() : null;

    public ConcurrentQueue<ProgramFacts> Groups { get; } = new();

    public async Task RunAsync()
    {
        ProgramFacts facts = Note(program, "g", _caller.Token);
        Task run = TaskGroup.RunAsync(group => BodyAsync(facts, group), program.Options(facts.Name, _clock, Observer), _caller.Token);
        _watches.Enqueue(facts.Watch(run));
        await ((Task)run.ContinueWith(_ => { }, TaskScheduler.Default)).WithWatchdog(program.ToString());
        await Task.WhenAll(_watches).WithWatchdog($"a nested group of {program}");
    }

    public void Dispose() => _caller.Dispose();

    private ProgramFacts Note(ProgramGroup group, string name, CancellationToken callerToken)
    {
        ProgramFacts facts = new(group, name, callerToken);
        Groups.Enqueue(facts);
        return facts;
    }

    private async Task BodyAsync(ProgramFacts facts, ITaskGroup group)
    {
        facts.Group = TaskGroup.From(group);
        try
        {
            foreach ((int index, ProgramStep step) in facts.Program.Steps.Index())
            {
                await DoAsync(facts, group, index, step);
            }

            if (facts.Program.BodyFails)
            {
                throw new InvalidDataException($"{facts.Name} throws");
            }
        }
        catch (Exception exception)
        {
            if (exception is OperationCanceledException)
            {
                facts.BodyWasCanceled = true;
            }
            else
            {
                facts.BodyFailure = exception;
            }

            throw;
        }
        finally
        {
            if (facts.Program.Blocks && (facts.BodyFailure is null || facts.Program.Policy == FailurePolicy.CollectAll))
            {
                group.Cancel(); // no other actor may
            }
        }
    }

    private async Task DoAsync(ProgramFacts facts, ITaskGroup group, int index, ProgramStep step)
    {
        string name = $"{facts.Name}.{index}";
        if (!step.StartsChild)
        {
            await ActAsync(facts, group, step, name);
            return;
        }

        facts.Start();
        Task child = group.Run(facts.Children.Count(ct => Child(facts, group, step, name, ct)), name);
        if (step.Act != ProgramAct.Nest && facts.Program.CanAwait(index))
        {
            await HandleAsync(child, step.Handling);
        }
    }

    private Task Child(ProgramFacts facts, ITaskGroup group, ProgramStep step, string name, CancellationToken cancellationToken)
    {
        facts.Enter();
        if (step is { Act: ProgramAct.Fail, Suspends: false })
        {
            facts.Exit();
            InvalidDataException failure = new(name);
            facts.ChildFailures.Enqueue(failure);
            throw failure; // out of the delegate, with no task
        }

        return WorkAsync(facts, group, step, name, cancellationToken);
    }

    private async Task WorkAsync(ProgramFacts facts, ITaskGroup group, ProgramStep step, string name, CancellationToken cancellationToken)
    {
        try
        {
            if (step.Suspends)
            {
                await Task.Yield();
            }

            switch (step.Act)
            {
                case ProgramAct.Fail:
                    throw new InvalidDataException(name);
                case ProgramAct.Block:
                    await Work.Forever(cancellationToken);
                    break;
                case ProgramAct.FailInCleanUp:
                    await Work.UntilCanceled(cancellationToken);
                    InvalidDataException failure = new(name);
                    facts.CleanUpFailures.Enqueue(failure);
                    throw failure;
                default:
                    await ActAsync(facts, group, step, name);
                    break;
            }
        }
        catch (OperationCanceledException)
        {
            facts.ChildWasCanceled = true;
            throw;
        }
        catch (Exception exception)
        {
            facts.ChildFailures.Enqueue(exception);
            throw;
        }
        finally
        {
            facts.Exit();
        }
    }

    private async Task ActAsync(ProgramFacts facts, ITaskGroup group, ProgramStep step, string name)
    {
        switch (step.Act)
        {
            case ProgramAct.Cancel:
                group.Cancel();
                break;
            case ProgramAct.Stop:
                group.Stop();
                break;
            case ProgramAct.CancelCaller:
                await _caller.CancelAsync();
                break;
            case ProgramAct.Expire:
                _clock.Advance(ProgramGroup.Timeout);
                break;
            case ProgramAct.Nest:
                ProgramFacts nested = Note(step.Nested!, name, group.CancellationToken);
                facts.Nested.Enqueue(nested);
                Task run = group.RunGroupAsync(inner => BodyAsync(nested, inner), nested.Program.Options(name, _clock, null));
                _watches.Enqueue(nested.Watch(run));
                await HandleAsync(run, step.Handling);
                break;
        }
    }

    private static Task HandleAsync(Task task, ProgramHandling handling) => handling switch
    {
        ProgramHandling.Awaited => task,
        ProgramHandling.Caught => Record.ExceptionAsync(() => task).AsTask(),
        _ => Task.CompletedTask,
    };
}
