using System.Diagnostics.CodeAnalysis;

namespace TaskGroups.Testing;

/// <summary>A thread that runs actors, one after the other, and stands still while another actor has its turn.</summary>
/// <remarks>
/// A thread of its own per running actor: only a real stack can be stopped in the middle of code that is not asynchronous.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Lives as long as the process; a semaphore without a wait handle holds nothing.")]
internal sealed class ExploredThread
{
    private readonly SemaphoreSlim _turn = new(0);
    private ExploredActor? _actor;

    private ExploredThread() =>
        new Thread(Loop, maxStackSize: 1 << 20) { IsBackground = true, Name = "explored" }.Start();

    public static void Start(ExploredActor actor)
    {
        if (!actor.Explorer.Idle.TryPop(out ExploredThread? thread))
        {
            thread = new ExploredThread();
        }

        thread.Begin(actor);
        thread.Wake();
    }

    public void Wake() => _turn.Release();

    public void Sleep() => _turn.Wait();

    /// <summary>Ends a thread that waits for an actor.</summary>
    public void End()
    {
        _actor = null;
        Wake();
    }

    /// <summary>The thread of a schedule that failed stands in the middle of the program: nothing wakes it again.</summary>
    public static void SleepForEver() => Thread.Sleep(Timeout.Infinite);

    private void Begin(ExploredActor actor)
    {
        _actor = actor;
        actor.Thread = this;
    }

    private void Loop()
    {
        while (true)
        {
            Sleep();
            if (_actor is not { } actor)
            {
                return;
            }

            while (true)
            {
                ExploredActor? next = actor.Explorer.Run(actor);
                if (next is null)
                {
                    break;
                }

                if (next.Thread is { } other)
                {
                    next.Explorer.Idle.Push(this);
                    other.Wake();
                    break;
                }

                Begin(next); // an actor that has not started yet needs no other thread
                actor = next;
            }
        }
    }
}
