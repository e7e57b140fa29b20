using System.Collections.Concurrent;

namespace TaskGroups.Hosting;

/// <summary>Knows the background tasks that hold the application's readiness back: they have neither called Started nor ended.</summary>
internal sealed class Readiness
{
    private readonly ConcurrentDictionary<Hold, string> _pending = [];

    /// <summary>The names of the tasks that hold readiness back, in no order.</summary>
    public IReadOnlyCollection<string> Pending => [.. _pending.Values];

    /// <summary>Holds readiness back for a task, until the hold is released.</summary>
    public Hold Add(string task)
    {
        var hold = new Hold(this);
        _pending[hold] = task;
        return hold;
    }

    /// <summary>What one task holds back.</summary>
    internal sealed class Hold(Readiness owner)
    {
        public void Release() => owner._pending.TryRemove(this, out _);
    }
}
