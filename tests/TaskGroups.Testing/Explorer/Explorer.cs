using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace TaskGroups.Testing;

/// <summary>
/// Runs one schedule of a program: its actors take turns, one step at a time, in an order that a <see cref="Chooser"/> decides.
/// </summary>
/// <remarks>
/// A step is what an actor does between two points. Points lie behind every operation on shared memory that code under test does through
/// primitives which call <see cref="Point"/>; on threads that are not actors a point is nothing.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing.")]
public sealed class Explorer
{
    private const int MaxSteps = 4000;

    // The threads that wait for actors of the calling thread's explorers. Explorers that run side by side share none, and each takes the
    // last that became idle: what code under test keeps per thread is the same in each run of a schedule.
    [ThreadStatic]
    private static Stack<ExploredThread>? _idle;

    [ThreadStatic]
    private static ExploredActor? _self;

    [ThreadStatic]
    private static int _regions; // how many locks the thread holds, or checks it makes: in there nothing is a step

    [ThreadStatic]
    private static int _pointsOutside;

    [ThreadStatic]
    private static int _pointsInRegion;

    private enum Memory
    {
        Adds,
        Trial,
        Forgets,
    }

    private readonly IExploredProgram _program;
    private readonly Chooser _chooser;
    private readonly SemaphoreSlim _over = new(0);
    private readonly List<ExploredActor> _actors = [];
    private readonly List<int> _enabled = [];
    private readonly List<int> _choices = [];
    private readonly List<string>? _trail;
    private ulong _locks;
    private int _steps;
    private int _current = -1;
    private int _era;
    private string? _failure;

    private Explorer(IExploredProgram program, Chooser chooser, bool keepsTrail)
    {
        _program = program;
        _chooser = chooser;
        _trail = keepsTrail ? [] : null;
    }

    /// <summary>Whether the calling thread is an actor, and may be stopped at a point.</summary>
    public static bool IsActor => _self is not null && _regions == 0;

    /// <summary>How often the program has said that from then on something is known; see <see cref="BeginEra"/>.</summary>
    public static int Era => _self?.Explorer._era ?? 0;

    /// <summary>The era in which the calling actor started.</summary>
    public static int EraOfActor => _self?.Era ?? 0;

    /// <summary>Whether no other actor stands in the middle of what it does.</summary>
    public static bool IsAlone =>
        _self is { } self && self.Explorer._actors.TrueForAll(other => other == self || other.Thread is null || other.IsEnded);

    /// <summary>The running schedule of the calling actor, to keep something for as long as it.</summary>
    public static object? Schedule => _self?.Explorer;

    /// <summary>The calling actor, to compare with another.</summary>
    public static object? Self => _self;

    internal Stack<ExploredThread> Idle { get; } = _idle ??= [];

    /// <summary>Runs one schedule to its end, or to its first failure.</summary>
    public static ExploredSchedule Run(IExploredProgram program, Chooser chooser, bool keepsTrail = false)
    {
        var explorer = new Explorer(program, chooser, keepsTrail);
        program.Start(explorer);
        if (explorer.Next() is { } first)
        {
            ExploredThread.Start(first);
            explorer._over.Wait();
        }

        explorer.Try(program.Verify);
        return new ExploredSchedule(
            explorer._choices, explorer._steps, explorer._failure, explorer._failure is null ? program.Outcome : "", explorer._trail ?? []);
    }

    /// <summary>Runs a schedule again, and writes down its steps.</summary>
    public static ExploredSchedule Replay(IExploredProgram program, IReadOnlyList<int> choices) =>
        Run(program, new ReplayChooser(choices), keepsTrail: true);

    /// <summary>
    /// Gives new threads to what the calling thread explores from now on: what other code under test has left on the old ones is gone.
    /// </summary>
    public static void RenewThreads()
    {
        while (_idle?.TryPop(out ExploredThread? thread) == true)
        {
            thread.End();
        }
    }

    /// <summary>Ends a step of the calling actor: from here on any other may go first.</summary>
    /// <param name="what">What the actor did.</param>
    /// <param name="seen">What it learned from it, if that can differ from schedule to schedule.</param>
    /// <param name="isTrial">
    /// Whether it keeps what it learned only until its next step, which repeats or finishes this one: it tells apart fewer states.
    /// </param>
    /// <param name="where">The member that did it.</param>
    /// <param name="line">The line where it was done.</param>
    public static void Point(
        string what, long seen = 0, bool isTrial = false, [CallerMemberName] string where = "", [CallerLineNumber] int line = 0)
    {
        if (_regions > 0 && ++_pointsInRegion > MaxSteps)
        {
            throw new InvalidOperationException($"A look at the program from outside does not end: {where}.");
        }

        if (_self is not { } self)
        {
            _pointsOutside++;
        }
        else if (_regions == 0 && (!isTrial || self.Explorer._program.IsFine))
        {
            self.Explorer.EndStep(what, where, StateHash.Fold((ulong)line, (ulong)seen), isTrial ? Memory.Trial : Memory.Adds);
        }
    }

    /// <summary>
    /// Counts the points that an action comes to on a thread that is not an actor: how often it touches the code under test.
    /// </summary>
    public static int CountPoints(Action action)
    {
        int before = _pointsOutside;
        action();
        return _pointsOutside - before;
    }

    /// <summary>A point in code that plays the user: it must not run under a lock (R25).</summary>
    /// <param name="what">What the user's code does.</param>
    /// <param name="forgets">
    /// Whether the actor's variables do not depend on what it saw so far: tells apart fewer states. In a program that is not fine it is all
    /// that this
    /// does, without a step.
    /// </param>
    public static void UserPoint(string what, bool forgets = false)
    {
        if (_self is not { } self)
        {
            return;
        }

        if (_regions > 0)
        {
            self.Explorer.Fail($"User code runs under a lock: {what} (R25).");
        }

        ulong position = (ulong)what.GetHashCode(StringComparison.Ordinal);
        if (forgets && !self.Explorer._program.IsFine)
        {
            self.History = position;
        }
        else
        {
            self.Explorer.EndStep(what, "", position, forgets ? Memory.Forgets : Memory.Adds);
        }
    }

    /// <summary>
    /// Says that from now on something is known that what starts later has to respect. It is a part of what later actors have seen.
    /// </summary>
    /// <returns>The number of the era that begins.</returns>
    public static int BeginEra() => _self is { } self ? ++self.Explorer._era : 0;

    /// <summary>Lets an actor look at the program from outside: no other actor gets a turn, and it is no step.</summary>
    public static void Look(Action look)
    {
        _regions++;
        look();
        _regions--;
    }

    /// <summary>Begins a region in which no other actor gets a turn.</summary>
    public static void EnterRegion() => _regions++;

    /// <summary>Ends a region.</summary>
    /// <param name="history">What happened in regions of the same lock so far; the region's actor is added.</param>
    public static void LeaveRegion(ref ulong history)
    {
        _regions--;
        if (_regions > 0 || _self is not { } self)
        {
            return;
        }

        ulong before = history;
        history = StateHash.Fold(before, self.History);
        self.Explorer._locks += history - before;
        self.Explorer.EndStep("lock", "", history, Memory.Adds);
    }

    /// <summary>Adds an actor to the running schedule.</summary>
    public static void SpawnFromActor(string name, Action action) => _self!.Explorer.Spawn(name, action);

    /// <summary>Adds an actor and runs it up to its first point; then the caller goes on, without a decision in between.</summary>
    /// <returns>Tells how many steps the caller has taken since it called, or -1 if it has ended.</returns>
    public static Func<int> SpawnToFirstPoint(string name, Action action)
    {
        ExploredActor self = _self!;
        int steps = self.Steps;
        ExploredActor actor = self.Explorer.Add(name, action, null, isLast: false);
        actor.Starter = self;
        ExploredThread.Start(actor);
        self.Thread!.Sleep();
        return () => self.IsEnded ? -1 : self.Steps - steps;
    }

    /// <summary>Keeps the calling actor from going on until a condition holds.</summary>
    public static void WaitUntil(Func<bool> condition, string what)
    {
        if (condition())
        {
            return;
        }

        _self!.When = condition;
        _self.Explorer.EndStep(what, "", (ulong)what.GetHashCode(StringComparison.Ordinal), Memory.Adds);
        _self.When = null;
    }

    /// <summary>Adds an actor.</summary>
    /// <param name="name">Its name in trails.</param>
    /// <param name="action">What it does.</param>
    /// <param name="when">What must hold before it starts; an actor whose condition never holds never starts.</param>
    /// <param name="isLast">Whether it starts only when no other can go on.</param>
    public void Spawn(string name, Action action, Func<bool>? when = null, bool isLast = false) => Add(name, action, when, isLast);

    /// <summary>Sums up the state: where each actor is, what happened under each lock, and the program's fingerprint.</summary>
    public ulong StateOf()
    {
        _regions++;
        ulong state = StateHash.Fold(_program.Fingerprint(), _locks);
        _regions--;
        foreach (ExploredActor actor in _actors)
        {
            state = StateHash.Fold(state, actor.Fold());
        }

        return state;
    }

    /// <summary>Runs an actor from its start to its end.</summary>
    /// <returns>
    /// The actor whose turn it is then; <see langword="null"/> if the schedule is over or another thread goes on already.
    /// </returns>
    internal ExploredActor? Run(ExploredActor actor)
    {
        _self = actor;
        actor.When = null;
        actor.Era = _era;
        actor.History = StateHash.Fold(0, (ulong)_era);
        try
        {
            actor.Action();
        }
        catch (Exception exception)
        {
            Fail($"The actor '{actor.Name}' failed: {exception}");
        }

        _self = null;
        actor.IsEnded = true;
        Record(actor, "ended", "");
        Check();
        ExploredActor? next = actor.Starter ?? Next();
        if (next is null)
        {
            Idle.Push(actor.Thread!);
            _over.Release();
        }

        return next;
    }

    private ExploredActor Add(string name, Action action, Func<bool>? when, bool isLast)
    {
        var actor = new ExploredActor(this, _actors.Count, name, action, when, isLast);
        _actors.Add(actor);
        return actor;
    }

    private void EndStep(string what, string where, ulong seen, Memory memory)
    {
        ExploredActor self = _self!;
        self.Steps++;
        self.Trial = memory == Memory.Trial ? seen : 0;
        if (memory != Memory.Trial)
        {
            self.History = memory == Memory.Forgets ? seen : StateHash.Fold(self.History, seen);
        }

        Record(self, what, where);
        Check();
        ExploredActor? next;
        if (self.Starter is { } starter)
        {
            self.Starter = null;
            next = starter;
        }
        else
        {
            next = Next();
        }

        if (next == self)
        {
            return;
        }

        if (next is null)
        {
            Fail($"Deadlock: nobody can go on, and '{self.Name}' has not ended.");
        }
        else if (next.Thread is { } thread)
        {
            thread.Wake();
        }
        else
        {
            ExploredThread.Start(next);
        }

        self.Thread!.Sleep();
    }

    private ExploredActor? Next()
    {
        FindEnabled(isLast: false);
        if (_enabled.Count == 0)
        {
            FindEnabled(isLast: true);
        }

        if (_enabled.Count == 0)
        {
            if (_actors.Find(actor => actor is { Thread: not null, IsEnded: false }) is { } stuck)
            {
                Fail($"Deadlock: nobody can go on, and '{stuck.Name}' has not ended.");
            }

            return null;
        }

        if (++_steps > MaxSteps)
        {
            Fail($"No end after {MaxSteps} steps.");
        }

        Try(() => _current = _chooser.Choose(this, _enabled, _current));
        if (_enabled.Count > 1)
        {
            _choices.Add(_current);
        }

        return _actors[_current];
    }

    private void FindEnabled(bool isLast)
    {
        _enabled.Clear();
        _regions++;
        foreach (ExploredActor actor in _actors)
        {
            if ((actor.IsLast && actor.Thread is null) == isLast && !actor.IsEnded && actor.When?.Invoke() != false)
            {
                _enabled.Add(actor.Index);
            }
        }

        _regions--;
    }

    private void Check() => Try(_program.Check);

    private void Try(Action action)
    {
        if (_failure is not null)
        {
            return;
        }

        _regions++;
        _pointsInRegion = 0;
        try
        {
            action();
        }
        catch (Exception exception)
        {
            _failure = exception.Message;
        }

        _regions--;
        if (_failure is not null)
        {
            Abandon();
        }
    }

    private void Fail(string failure)
    {
        _failure ??= failure;
        Abandon();
    }

    // The threads of a failed schedule stay where they are; only the caller of Run goes on.
    private void Abandon()
    {
        if (Thread.CurrentThread.Name != "explored")
        {
            return;
        }

        _over.Release();
        ExploredThread.SleepForEver();
    }

    private void Record(ExploredActor actor, string what, string where)
    {
        if (_trail is null)
        {
            return;
        }

        if (what is "lock" or "before a lock")
        {
            where = new StackTrace().GetFrames().Select(frame => frame.GetMethod()!)
                .First(method => method.DeclaringType!.Name is not (nameof(Explorer) or "Lock" or "Scope")).Name;
        }

        _trail.Add(where.Length == 0 ? $"{actor.Name}: {what}" : $"{actor.Name}: {where}: {what}");
    }
}
