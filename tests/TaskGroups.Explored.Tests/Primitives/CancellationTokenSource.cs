using System.Reflection;
using TaskGroups.Testing;
using Real = System.Threading.CancellationTokenSource;

namespace TaskGroups;

/// <summary>
/// The core's sources: as in production the flag is set at once, and callbacks run elsewhere; here, elsewhere is an actor.
/// </summary>
internal class CancellationTokenSource : Real
{
    private static readonly FieldInfo Registrations = typeof(Real).GetField(
        "_registrations",
        BindingFlags.NonPublic | BindingFlags.Instance)!;

    // Null while nothing is registered.
    private static readonly FieldInfo Continuation = typeof(Task).GetField(
        "m_continuationObject",
        BindingFlags.NonPublic | BindingFlags.Instance)!;

    public new Task CancelAsync()
    {
        // Without callbacks there is nothing for another thread to do.
        if (!Explorer.IsActor || IsCancellationRequested || Registrations.GetValue(this) is null)
        {
            return base.CancelAsync();
        }

        // Continuations run on the actor, as they would on the pool's thread.
        var telling = new TaskCompletionSource();
        Func<int>? callersSteps = null;
        Token.UnsafeRegister(static _ => Explorer.Point("the signal is set"), null); // registered last, called first
        callersSteps = Explorer.SpawnToFirstPoint("callbacks", () => Tell(telling, () => callersSteps!()));
        Explorer.Point(nameof(CancelAsync));
        return telling.Task;
    }

    private void Tell(TaskCompletionSource telling, Func<int> callersSteps)
    {
        AggregateException? thrown = null;
        try
        {
            Cancel();
        }
        catch (AggregateException exception)
        {
            thrown = exception;
        }

        // The caller takes steps between its look at the task and its continuation. A task that ended in between would call the
        // continuation on the
        // real pool, out of control; that is the same as an end that comes a little later. With the continuation there, its turn may come
        // at once.
        Explorer.WaitUntil(() => callersSteps() is 1 or -1 || Continuation.GetValue(telling.Task) is not null, "callbacks have run");
        if (thrown is null)
        {
            telling.SetResult();
        }
        else
        {
            telling.SetException(thrown.InnerExceptions);
        }
    }
}
