namespace TaskGroups;

/// <summary>Lets a sequence be read like an asynchronous one, so that each combinator is written once.</summary>
internal sealed class SyncSource<T>(IEnumerable<T> source) : IAsyncEnumerable<T>
{
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        source.GetEnumerator() is { } items ? new Items(items) : null!; // a source that gives none: the reader says so

    private sealed class Items(IEnumerator<T> items) : IAsyncEnumerator<T>
    {
        public T Current => items.Current;

        public ValueTask<bool> MoveNextAsync() => new(items.MoveNext());

        public ValueTask DisposeAsync()
        {
            items.Dispose();
            return default;
        }
    }
}
