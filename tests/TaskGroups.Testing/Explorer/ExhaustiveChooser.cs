namespace TaskGroups.Testing;

/// <summary>Takes every choice once, depth first. A schedule that comes to a known state is not followed further.</summary>
/// <param name="prunes">Whether states are remembered; without, every schedule is run to its end.</param>
/// <param name="mostPreemptions">
/// How often an actor that could go on may be kept from it; how often the turn passes on because an actor ended or waits is never bounded.
/// </param>
public sealed class ExhaustiveChooser(bool prunes, int mostPreemptions = int.MaxValue) : Chooser
{
    private readonly HashSet<ulong> _known = [];
    private readonly List<(int Chosen, int Count)> _path = [];
    private int _depth;
    private int _preemptions;
    private bool _isFirst = true;

    public int States => _known.Count;

    /// <summary>Whether the schedule came to a state whose future is known.</summary>
    public bool IsPruned { get; private set; }

    /// <summary>Goes back to the last decision that has a choice left.</summary>
    /// <returns><see langword="false"/> when all is explored.</returns>
    public bool Begin()
    {
        _depth = 0;
        _preemptions = 0;
        IsPruned = false;
        if (_isFirst)
        {
            _isFirst = false;
            return true;
        }

        while (_path.Count > 0 && _path[^1].Chosen + 1 == _path[^1].Count)
        {
            _path.RemoveAt(_path.Count - 1);
        }

        if (_path.Count == 0)
        {
            return false;
        }

        (int chosen, int count) = _path[^1];
        _path[^1] = (chosen + 1, count);
        return true;
    }

    public override int Choose(Explorer explorer, IReadOnlyList<int> enabled, int current)
    {
        if (_depth == _path.Count && !IsPruned && prunes && !_known.Add(StateOf(explorer, current)))
        {
            IsPruned = true;
        }

        int byDefault = Default(enabled, current);
        if (IsPruned || enabled.Count == 1 || (_preemptions == mostPreemptions && byDefault == current))
        {
            return byDefault;
        }

        if (_depth == _path.Count)
        {
            _path.Add((0, enabled.Count));
        }

        int chosen = InOrder(enabled, byDefault, _path[_depth++].Chosen);
        if (byDefault == current && chosen != current)
        {
            _preemptions++;
        }

        return chosen;
    }

    // With a bound the future depends on what is left of it, and on whose going on is free.
    private ulong StateOf(Explorer explorer, int current) => mostPreemptions == int.MaxValue
        ? explorer.StateOf()
        : StateHash.Fold(StateHash.Fold(explorer.StateOf(), (ulong)_preemptions), (ulong)current);

    // The current actor first, then the others.
    private static int InOrder(IReadOnlyList<int> enabled, int first, int position)
    {
        if (position == 0)
        {
            return first;
        }

        int seen = 0;
        foreach (int index in enabled)
        {
            if (index != first && ++seen == position)
            {
                return index;
            }
        }

        throw new InvalidOperationException("The program does not repeat itself: there are fewer choices than before.");
    }
}
