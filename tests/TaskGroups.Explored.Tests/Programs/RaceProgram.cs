using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>A race in a group: contenders end in any order, and another actor may cancel the group at any moment.</summary>
internal sealed class RaceProgram(Contender[] kinds, bool isCanceled, bool isFine = false) : IExploredProgram
{
    private readonly ContenderScene[] _contenders = Scenes(kinds, new DisposableResult("shared"));
    private ITaskGroup? _group;
    private Task? _outer;
    private Task<DisposableResult>? _race;

    public bool IsFine => isFine;

    public string Outcome => $"{_race!.Status} {(_race.IsCompletedSuccessfully ? _race.Result.Name : "")}";

    /// <summary>For tests that load this type in another assembly: a race of two or three, which depends on the seed alone.</summary>
    public static IExploredProgram Of(int seed)
    {
        Contender[] all = Enum.GetValues<Contender>();
        var random = new Random(seed);
        Contender[] kinds = [.. Enumerable.Range(0, random.Next(2, 4)).Select(_ => all[random.Next(all.Length)])];
        return new RaceProgram(kinds, isCanceled: random.Next(2) == 0, isFine: true);
    }

    public void Start(Explorer explorer)
    {
        explorer.Spawn("opener", () => _outer = TaskGroup.RunAsync(RunRace));
        foreach (ContenderScene contender in _contenders)
        {
            explorer.Spawn(contender.EndName, contender.End, () => contender.IsAlive);
        }

        if (isCanceled)
        {
            explorer.Spawn("cancel", () => _group!.Cancel(), () => _group is not null);
        }
    }

    // R1 for contenders and for what the race does with what they yield
    public void Check()
    {
        DisposableResult? won = _race is { IsCompletedSuccessfully: true } ? _race.Result : null;
        Rule(won is not { Disposals: > 0 }, "the winner's result was disposed");
        foreach (ContenderScene contender in _contenders)
        {
            Rule(contender.Result is not { Disposals: > 1 }, $"{contender.EndName}: its result was disposed twice");
            if (_race is not { IsCompleted: true })
            {
                continue;
            }

            Rule(!contender.IsAlive, $"{contender.EndName}: the race was over before it");
            Rule(
                contender.Result == won || contender.Result is null or { Disposals: 1 },
                $"{contender.EndName}: the race was over before its result was disposed");
        }
    }

    public void Verify()
    {
        Rule(_outer is { IsCompletedSuccessfully: true }, "the group does not end");
        Rule(_race is { IsCompleted: true }, "the race does not end");
        Rule(
            !_race!.IsCompletedSuccessfully || _contenders.Any(contender => contender.Result is { } result && result == _race.Result),
            "the race was won, and by nobody");
        Exception[] failures = [.. _race.Exception?.InnerExceptions ?? []];
        if (failures.Length > 0)
        {
            Rule(failures.Length == kinds.Length, "the race failed, though not all contenders did");
            Rule(_contenders.All(contender => failures.Contains(contender.Failure)), "the race failed with something else");
        }

        if (!isCanceled)
        {
            Rule(_race.IsFaulted == (_contenders.All(contender => contender.Result is null)), "somebody succeeded, and the race failed");
            Rule(!_race.IsCanceled, "the race was canceled, and nobody had asked for it");
        }
    }

    public ulong Fingerprint()
    {
        ulong state = StateHash.Fold(((ulong?)_outer?.Status ?? 15) + (((ulong?)_race?.Status ?? 15) << 4), _group is not null);
        return _contenders.Aggregate(state, (folded, contender) => StateHash.Fold(folded, contender.Fold()));
    }

    private Task RunRace(ITaskGroup group)
    {
        _group = group;
        _race = group.RaceAsync(
            _contenders.Select<ContenderScene, Func<CancellationToken, Task<DisposableResult>>>(contender => contender.InvokeAsync));
        return Task.CompletedTask; // the group waits for the race
    }

    private static ContenderScene[] Scenes(Contender[] kinds, DisposableResult shared) =>
        [.. kinds.Select((kind, index) => new ContenderScene(kind, $"c{index}", shared))];

    private static void Rule(bool holds, string broken)
    {
        if (!holds)
        {
            throw new InvalidOperationException(broken);
        }
    }
}
