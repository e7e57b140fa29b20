namespace TaskGroups;

/// <summary>The failures of a group in order of completion, each once. Not synchronized: the roster's lock guards it.</summary>
internal sealed class Failures
{
    private readonly List<Exception> _inOrder = [];
    private readonly HashSet<object> _known = new(ReferenceEqualityComparer.Instance);

    public IReadOnlyList<Exception> InOrder => _inOrder;

    /// <summary>Adds a failure unless it is known: the body that awaits a failed child throws the same object (R12).</summary>
    public bool Add(Exception failure)
    {
        // A canceled task may make a new exception for everybody who awaits it: then the task is what tells them apart.
        if (!_known.Add((failure as TaskCanceledException)?.Task ?? (object)failure))
        {
            return false;
        }

        _inOrder.Add(failure);
        return true;
    }
}
