using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>A scoped service that says when it is disposed.</summary>
internal sealed class Resource(Trail trail, string name, Exception? disposalFailure = null) : IAsyncDisposable
{
    public bool IsDisposed { get; private set; }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        trail.Add($"{name} disposed");
        return disposalFailure is null ? ValueTask.CompletedTask : ValueTask.FromException(disposalFailure);
    }
}
