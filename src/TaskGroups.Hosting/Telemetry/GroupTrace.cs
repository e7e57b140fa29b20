using System.Diagnostics;

namespace TaskGroups.Hosting;

/// <summary>The span of one group, and those of its children that run.</summary>
/// <remarks>
/// A child's span lies below that of its group, wherever the child was started. What a child calls lies below the child's span, which is
/// current in the child's flow alone. Thread-safe.
/// </remarks>
internal sealed class GroupTrace(TaskGroup group, string kind, bool hasChildSpans)
{
    private static readonly SpanNames GroupNames = new("group ");
    private static readonly SpanNames JobNames = new("job ");
    private static readonly SpanNames ChildNames = new("child ");

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Activity> _running = []; // the spans of children; those that are about to end are not in it
    private readonly Dictionary<long, Activity> _ending = [];
    private Activity? _span;

    public static bool IsEnabled => TaskGroupsTelemetry.Source.HasListeners();

    // Background groups have no span, since one as long as the process tells nothing: each of their children is the root of a trace.
    private bool IsOfRoots => group.HostContext.Kind == GroupKind.Background;

    /// <summary>Starts the span of the group below the one that is current, which stays current: the opener runs on in its own.</summary>
    public void Open()
    {
        if (IsOfRoots)
        {
            return;
        }

        Activity? outer = Activity.Current;
        ExecutionContext? before = ExecutionContext.Capture();
        string name = (group.HostContext.Kind == GroupKind.Job ? JobNames : GroupNames).Of(group.Name);

        // What is opened in a background group from outside outlives the code that opens it.
        bool isRoot = group is { HasBody: true, Parent.HostContext.FlowsContext: false };
        _span = isRoot && outer is not null ? StartRoot(name, outer.Context) : TaskGroupsTelemetry.Source.StartActivity(name);
        _span?.SetTag("taskgroups.kind", kind);
        Restore(before, outer);
    }

    /// <summary>Makes the group's span current for its body.</summary>
    public void EnterBody()
    {
        if (_span is not null && !ExecutionContext.IsFlowSuppressed())
        {
            Activity.Current = _span;
        }
    }

    /// <summary>Starts the span of a child and makes it current: the child is invoked now.</summary>
    public void StartChild(long id, string name)
    {
        if (_span is null && !IsOfRoots)
        {
            return; // no listener has sampled the group
        }

        Activity? caller = Activity.Current;
        Activity.Current = _span;
        if (hasChildSpans || IsOfRoots)
        {
            if (TaskGroupsTelemetry.Source.StartActivity(ChildNames.Of(name)) is { } span)
            {
                span.SetTag("taskgroups.kind", kind);
                lock (_lock)
                {
                    _running[id] = span;
                }
            }
        }

        if (ExecutionContext.IsFlowSuppressed())
        {
            Restore(before: null, caller); // nothing restores the context of this thread, and none reaches the child
        }
    }

    /// <summary>Says that a child's end is about to be judged: a cancellation that it causes is that of the others.</summary>
    public void EndingChild(long id)
    {
        lock (_lock)
        {
            if (_running.Remove(id, out Activity? span))
            {
                _ending[id] = span;
            }
        }
    }

    /// <summary>Ends the span of a child.</summary>
    public void EndChild(long id, ChildOutcome outcome, string? reason, string? failureType)
    {
        Activity? span;
        lock (_lock)
        {
            _ending.Remove(id, out span);
        }

        if (span is not null)
        {
            Stop(span, TelemetryWords.Of(outcome), outcome == ChildOutcome.Canceled ? reason : null, failureType);
        }
    }

    /// <summary>Notes on the group's span, and on those of the children that still run, what canceled them.</summary>
    public void Canceled(string reason, string? child, Exception? cause)
    {
        var tags = new ActivityTagsCollection { { "reason", reason } };
        if (child is not null)
        {
            tags.Add("child", child);
        }

        if (cause is not null)
        {
            tags.Add("exception.type", cause.GetType().FullName);
        }

        var canceled = new ActivityEvent("canceled", tags: tags);
        _span?.AddEvent(canceled);
        Activity[] running;
        lock (_lock)
        {
            running = [.. _running.Values];
        }

        foreach (Activity span in running)
        {
            span.AddEvent(canceled);
        }
    }

    /// <summary>Ends the span of the group.</summary>
    public void Close(string outcome, string? reason, string? failureType)
    {
        if (_span is not null)
        {
            Stop(_span, outcome, reason, failureType);
        }
    }

    /// <summary>Starts a span that is the root of a trace, linked to the one of the code that caused it.</summary>
    private static Activity? StartRoot(string name, ActivityContext caller)
    {
        Activity.Current = null;
        return TaskGroupsTelemetry.Source.StartActivity(ActivityKind.Internal, name: name, links: [new ActivityLink(caller)]);
    }

    private static void Stop(Activity span, string outcome, string? reason, string? failureType)
    {
        span.SetTag("taskgroups.outcome", outcome);
        if (reason is not null)
        {
            span.SetTag("taskgroups.reason", reason);
        }

        if (outcome == "failed")
        {
            span.SetStatus(ActivityStatusCode.Error, failureType);
        }

        Activity? current = Activity.Current;
        ExecutionContext? before = current == span ? null : ExecutionContext.Capture();
        span.Stop();
        if (current != span)
        {
            Restore(before, current); // the code that ended it last runs on in its own
        }
    }

    // A span that has ended cannot be made current: Activity throws and swallows an exception, and keeps what is. The context can bring it
    // back. Without one, because its flow is suppressed, no span is left.
    private static void Restore(ExecutionContext? before, Activity? current)
    {
        if (before is not null)
        {
            DelegateInvoker.RestoreContext(before);
        }
        else
        {
            Activity.Current = current is { IsStopped: true } ? null : current;
        }
    }
}
