namespace TaskGroups;

/// <summary>The core's semaphores. As in production, code that waits goes on elsewhere; here, elsewhere is an actor.</summary>
internal sealed class SemaphoreSlim(int free)
{
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource> _waiting = [];
    private int _free = free;

    public Task WaitAsync(CancellationToken token)
    {
        var place = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (token.IsCancellationRequested)
            {
                return Task.FromCanceled(token);
            }

            if (_free > 0)
            {
                _free--;
                return Task.CompletedTask;
            }

            _waiting.Add(place);
        }

        token.UnsafeRegister((_, fired) => GiveUp(place, fired), null);
        return place.Task;
    }

    public void Release()
    {
        TaskCompletionSource? next = null;
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                _free++;
            }
            else
            {
                next = _waiting[0];
                _waiting.RemoveAt(0);
            }
        }

        next?.SetResult();
    }

    private void GiveUp(TaskCompletionSource place, CancellationToken token)
    {
        if (place.Task.IsCompleted)
        {
            return; // its registration is still there, which production takes back
        }

        bool hasWaited;
        lock (_lock)
        {
            hasWaited = _waiting.Remove(place);
        }

        if (hasWaited)
        {
            place.SetFromTask(Task.FromCanceled(token));
        }
    }
}
