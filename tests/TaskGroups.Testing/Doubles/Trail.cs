namespace TaskGroups.Testing;

/// <summary>The steps of a test in the order in which they happened. Thread-safe.</summary>
public sealed class Trail
{
    private readonly Lock _lock = new();
    private readonly List<string> _steps = [];
    private readonly Dictionary<string, Gate> _awaited = [];

    public IReadOnlyList<string> Steps
    {
        get
        {
            lock (_lock)
            {
                return [.. _steps];
            }
        }
    }

    public void Add(string step)
    {
        Gate? gate;
        lock (_lock)
        {
            _steps.Add(step);
            gate = _awaited.GetValueOrDefault(step);
        }

        gate?.Open();
    }

    public int CountOf(string step) => Steps.Count(each => each == step);

    /// <summary>Completes when the step has been added, at once if it is there already.</summary>
    public Task WaitForAsync(string step)
    {
        lock (_lock)
        {
            if (_steps.Contains(step))
            {
                return Task.CompletedTask;
            }

            if (!_awaited.TryGetValue(step, out Gate? gate))
            {
                _awaited[step] = gate = new Gate();
            }

            return gate.WaitAsync();
        }
    }
}
