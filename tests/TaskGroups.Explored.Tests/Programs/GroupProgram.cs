using System.Diagnostics.CodeAnalysis;
using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>
/// A planned tree of groups as a program: an actor opens it, others end children and bodies, others interfere from outside.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without timer and wait handle holds nothing.")]
internal sealed class GroupProgram(GroupPlan plan, bool isFine) : IExploredProgram
{
    private readonly ExploredClock _clock = new();
    private readonly CancellationTokenSource _caller = new();
    private GroupScene _top = null!;

    public bool IsFine => isFine;

    public string Outcome => Oracle.Describe(_top);

    /// <summary>For tests that load this type in another assembly.</summary>
    public static IExploredProgram Of(int seed) => new GroupProgram(Programs.OfSeed(seed), isFine: true);

    public void Start(Explorer explorer)
    {
        _top = new GroupScene(plan, null, "g", _clock) { Caller = plan.IsAlone ? null : _caller };
        explorer.Spawn("opener", _top.Open);
        AddActors(explorer, _top);

        // Blocked children of a program that cancels nothing.
        explorer.Spawn("at last", AtLast, () => _top.Group is { IsCompleted: false }, isLast: true);
    }

    public void Check() => _top.Check();

    public void Verify()
    {
        Oracle.Verify(_top, _caller);
        int points = Explorer.CountPoints(_caller.Cancel);
        _top.Rule(points == 0, "the group is still registered on the caller's token (R21)");
    }

    public ulong Fingerprint() => StateHash.Fold(_top.Fold(), _caller.IsCancellationRequested);

    private void AtLast()
    {
        _top.CheckQuiet();
        _top.Cancel();
    }

    private void CancelCaller()
    {
        if (_caller.IsCancellationRequested || _top.Caller is null)
        {
            return;
        }

        _caller.Cancel();
        _top.Tell();
    }

    private void FireTimeout()
    {
        if (_clock.Fire())
        {
            _top.Tell();
        }
    }

    private void AddActors(Explorer explorer, GroupScene scene)
    {
        foreach (ChildScene child in scene.Children.Where(child => child.EndsItself))
        {
            explorer.Spawn(child.EndName, child.End, () => child.IsAlive, isLast: child.Kind == Child.Stubborn);
        }

        if (scene.Plan.Body != Body.Ends)
        {
            explorer.Spawn("body", scene.EndBody, () => scene.IsBodyReturned && (!scene.IsBodyEnded || scene.Plan.HasTwoClosers));
        }

        int foreign = scene.FromBody;
        foreach (Outside outside in scene.Plan.Outside)
        {
            Action action = outside switch
            {
                Outside.Cancel => scene.Cancel,
                Outside.CallerToken => CancelCaller,
                Outside.Count => scene.Count,
                Outside.Look => scene.Look,
                Outside.Stop => Stop(scene),
                Outside.Run => Run(scene.Children[foreign++], tries: false),
                Outside.TryRun => Run(scene.Children[foreign++], tries: true),
                Outside.Nested => scene.Late!.OpenNested,
                Outside.HostStops => scene.StopHost,
                Outside.Room => scene.AwaitRoom,
                Outside.Close => scene.CloseAsWell,
                Outside.Straggle => _clock.FireStragglers,
                _ => FireTimeout,
            };
            Func<bool>? when = outside switch
            {
                Outside.CallerToken => null,
                Outside.Timeout => () => _clock.HasTimers,
                Outside.Straggle => () => _clock.HasStragglers,
                Outside.Close => () => scene.IsBodyReturned,
                _ => () => scene.Group is not null,
            };
            explorer.Spawn(NameOf(outside), action, when);
        }

        foreach (GroupScene inner in scene.Inner)
        {
            AddActors(explorer, inner);
        }
    }

    private static Action Run(ChildScene child, bool tries) => () => child.Start(tries);

    private static Action Stop(GroupScene scene) => () =>
    {
        scene.Group!.Stop();
        scene.IsStopAsked = true;
    };

    private static string NameOf(Outside outside) => outside switch
    {
        Outside.Cancel => "cancel",
        Outside.CallerToken => "caller",
        Outside.Stop => "stop",
        Outside.Count => "count",
        Outside.Look => "look",
        Outside.Run => "run",
        Outside.TryRun => "try run",
        Outside.Nested => "nest",
        Outside.HostStops => "host",
        Outside.Room => "room",
        Outside.Close => "close",
        Outside.Straggle => "stragglers",
        _ => "clock",
    };
}
