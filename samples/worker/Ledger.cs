namespace Worker;

/// <summary>Counts what was done.</summary>
internal sealed class Ledger
{
    private int _handled;
    private int _confirmed;

    public int Handled => Volatile.Read(ref _handled);

    public int Confirmed => Volatile.Read(ref _confirmed);

    public void AddHandled() => Interlocked.Increment(ref _handled);

    public void AddConfirmed() => Interlocked.Increment(ref _confirmed);
}
