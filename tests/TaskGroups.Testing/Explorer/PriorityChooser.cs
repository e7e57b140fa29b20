namespace TaskGroups.Testing;

/// <summary>
/// The actor of the highest priority goes on; priorities are random, and at a few random steps the one that is at it falls behind all
/// others.
/// </summary>
/// <remarks>
/// After Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", 2010. A race
/// that
/// needs d orderings is found with probability of at least 1/(n k^(d-1)) for n actors and k steps, where a uniform walk may need 2^k
/// schedules.
/// </remarks>
public sealed class PriorityChooser : Chooser
{
    public const int ExpectedSteps = 80;

    private readonly Random _random;
    private readonly List<double> _priorities = [];
    private readonly HashSet<int> _changes = [];
    private int _step;

    public PriorityChooser(int seed, int changes, int expectedSteps = ExpectedSteps)
    {
        _random = new Random(seed);
        while (_changes.Count < changes)
        {
            _changes.Add(_random.Next(expectedSteps));
        }
    }

    public override int Choose(Explorer explorer, IReadOnlyList<int> enabled, int current)
    {
        while (_priorities.Count <= enabled[^1] || _priorities.Count <= current)
        {
            _priorities.Add(1 + _random.NextDouble());
        }

        if (_changes.Contains(_step++) && current >= 0)
        {
            _priorities[current] = -_step;
        }

        int best = enabled[0];
        for (int index = 1; index < enabled.Count; index++)
        {
            if (_priorities[enabled[index]] > _priorities[best])
            {
                best = enabled[index];
            }
        }

        return best;
    }
}
