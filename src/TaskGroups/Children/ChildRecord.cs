namespace TaskGroups;

/// <summary>Is called when a task that a <see cref="ChildRecord"/> waits for has ended.</summary>
internal interface ICompletionListener
{
    /// <param name="task">The task.</param>
    /// <param name="record">
    /// The record if it is registered; <see cref="ChildRecord.Body"/> for the body; <see langword="null"/> for an untracked child.
    /// </param>
    void OnCompleted(Task task, ChildRecord? record);
}

/// <summary>A copy of a registered record, as it was at one moment.</summary>
/// <param name="Id">Identifies the child or the nested group.</param>
/// <param name="GivenName">The name that a child was given; see <see cref="Name"/>.</param>
/// <param name="Nested">The nested group; <see langword="null"/> for a child.</param>
/// <param name="Since">When the child was accepted or invoked, as a timestamp of the group's clock.</param>
/// <param name="IsWaiting">Whether the child waits for a slot.</param>
/// <param name="HasBegun">Whether the child's delegate has been invoked.</param>
/// <param name="State">What <c>Run</c> was given as state, where the host keeps it.</param>
internal readonly record struct ChildEntry(
    long Id, string? GivenName, ITaskGroup? Nested, long Since, bool IsWaiting, bool HasBegun, object? State)
{
    /// <summary>The name as it is shown, made for each reader.</summary>
    public string Name => Nested?.Name ?? DisplayName.ForChild(GivenName);
}

/// <summary>
/// One live child, or a group nested in another: its entry in the <see cref="ChildRegistry"/>, and the callback of its task.
/// </summary>
/// <remarks>
/// Pooled: a suspended child costs no allocation, neither for its entry nor for the delegate of its continuation. Only the code that
/// added a record to a registry may hold it; all others copy it under the registry's lock (<see cref="ChildEntry"/>).
/// </remarks>
internal sealed class ChildRecord : PooledObject
{
    /// <summary>Stands for the body, which is in no registry.</summary>
    public static readonly ChildRecord Body = new();

    private static readonly ObjectPool.Depot Depot = new();

    private static long _lastId;

    [ThreadStatic]
    private static ObjectPool? _pool;

    private readonly Action _onCompleted;
    private ICompletionListener? _listener;
    private Task? _task;
    private string? _name; // as the child was given it
    private object? _subject; // the nested group, or what the child was started with
    private long _id;
    private Kind _kind;

    private ChildRecord() => _onCompleted = OnCompleted;

    private enum Kind : byte
    {
        Untracked,
        Body,
        Child,
        Nested,
    }

    /// <summary>Identifies the child or the nested group.</summary>
    public long Id => IdOf(ref _id);

    /// <summary>Its name as it is shown, made for each reader: a child that none asks for its name pays nothing for it.</summary>
    public string Name => DisplayName.ForChild(_name);

    /// <summary>The nested group; <see langword="null"/> for a child.</summary>
    public ITaskGroup? Nested => _kind == Kind.Nested ? (ITaskGroup?)_subject : null;

    /// <summary>The work of a child whose failure does not fail the group; <see langword="null"/> for others.</summary>
    public IOptionalWork? Optional => _kind == Kind.Child ? _subject as IOptionalWork : null;

    /// <summary>The work of a child whose failures are reported later; <see langword="null"/> for others.</summary>
    public IHeldWork? Held => _kind == Kind.Child ? _subject as IHeldWork : null;

    /// <summary>Whether the task of the child has failed with this exception.</summary>
    public bool HasFailedWith(Exception failure) =>
        _task is { IsFaulted: true } task && task.Exception!.InnerExceptions.Any(each => ReferenceEquals(each, failure));

    /// <summary>When the child was accepted, then when it was invoked, as a timestamp of the group's clock.</summary>
    public long Since { get; set; }

    /// <summary>Whether the child waits for a slot.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Whether the child's delegate has been invoked. Of a nested group never true.</summary>
    public bool HasBegun { get; set; }

    public ChildRecord? Previous { get; set; }

    public ChildRecord? Next
    {
        get => (ChildRecord?)Link;
        set => Link = value;
    }

    private static ObjectPool Pool => _pool ??= new ObjectPool(Depot);

    /// <summary>A record to be added to a registry.</summary>
    public static ChildRecord OfChild(string? name, object? state) => Rent(Kind.Child, name, state);

    /// <inheritdoc cref="OfChild"/>
    public static ChildRecord OfNested(ITaskGroup group) => Rent(Kind.Nested, null, group);

    /// <summary>Calls the listener when the body of a group has ended.</summary>
    public static void WatchBody(Task task, ICompletionListener listener) => Rent(Kind.Body, null, null).Watch(task, listener);

    /// <summary>Calls the listener when the task of a child has ended.</summary>
    public static void Watch(ChildRecord? record, Task task, ICompletionListener listener) =>
        (record ?? Rent(Kind.Untracked, null, null)).Watch(task, listener);

    /// <summary>Gives an object its id when it is first asked for: most children never need one.</summary>
    public static long IdOf(ref long id)
    {
        long known = Volatile.Read(ref id);
        if (known != 0)
        {
            return known;
        }

        long fresh = Interlocked.Increment(ref _lastId);
        Interlocked.CompareExchange(ref id, fresh, 0); // of two threads that ask at once, one decides for both
        return Volatile.Read(ref id);
    }

    public ChildEntry Copy() =>
        new(Id, _name, Nested, Since, IsWaiting, HasBegun, _kind == Kind.Child ? _subject : null);

    /// <summary>Returns a record that is in no registry any more to the pool.</summary>
    public void Free()
    {
        _name = null;
        Since = 0;
        IsWaiting = false;
        HasBegun = false;
        _listener = null;
        _task = null;
        _subject = null;
        _kind = Kind.Untracked;
        _id = 0;
        Pool.Return(this);
    }

    private static ChildRecord Rent(Kind kind, string? name, object? subject)
    {
        ChildRecord record = (ChildRecord?)Pool.TryRent() ?? new ChildRecord();
        record._kind = kind;
        record._subject = subject;
        record._name = name;
        record.Link = null;
        return record;
    }

    private void Watch(Task task, ICompletionListener listener)
    {
        _listener = listener;
        _task = task;
        Continuation.Register(task, _onCompleted);
    }

    private void OnCompleted()
    {
        ICompletionListener listener = _listener!;
        Task task = _task!;
        ChildRecord? record = this;
        if (_kind is Kind.Body or Kind.Untracked)
        {
            record = _kind == Kind.Body ? Body : null;
            Free();
        }

        listener.OnCompleted(task, record);
    }
}
