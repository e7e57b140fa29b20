using System.Collections;

namespace TaskGroups.Tests;

/// <summary>Where a source throws.</summary>
public enum Fault
{
    Opening,
    FirstMove,
    LaterMove,
    Current,
    Disposal,
}

/// <summary>Gives the items 0, 1, 2, and throws at the place it is told.</summary>
internal sealed class FaultySource(Fault? fault, Exception? failure, int count = 3) : IEnumerable<int>, IAsyncEnumerable<int>
{
    private int _disposals;

    public int Disposals => _disposals;

    public bool IsMissing { get; init; }

    public IEnumerator<int> GetEnumerator() => IsMissing ? null! : Open();

    public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => IsMissing ? null! : Open();

    IEnumerator IEnumerable.GetEnumerator() => Open();

    private Items Open()
    {
        ThrowAt(Fault.Opening);
        return new Items(this);
    }

    private void ThrowAt(Fault place)
    {
        if (fault == place)
        {
            throw failure!;
        }
    }

    private sealed class Items(FaultySource source) : IEnumerator<int>, IAsyncEnumerator<int>
    {
        private readonly int _count = source.Count;
        private int _current = -1;

        public int Current
        {
            get
            {
                if (_current == 2)
                {
                    source.ThrowAt(Fault.Current);
                }

                return _current;
            }
        }

        object IEnumerator.Current => Current;

        public bool MoveNext()
        {
            _current++;
            if (_current == 0)
            {
                source.ThrowAt(Fault.FirstMove);
            }

            if (_current == 2)
            {
                source.ThrowAt(Fault.LaterMove);
            }

            return _current < _count;
        }

        public async ValueTask<bool> MoveNextAsync()
        {
            await Task.Yield();
            return MoveNext();
        }

        public void Dispose()
        {
            source._disposals++;
            source.ThrowAt(Fault.Disposal);
        }

        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            Dispose();
        }

        public void Reset() => throw new NotSupportedException();
    }

    private int Count => count;
}
