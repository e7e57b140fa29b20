using System.Diagnostics;
using System.Globalization;

namespace TaskGroups.Hosting;

/// <summary>What travels from a caller to one background child.</summary>
internal sealed class ChildFlow
{
    private ActivityContext _caller;
    private CultureInfo? _culture;
    private CultureInfo? _uiCulture;

    private ChildFlow()
    {
    }

    /// <summary>Takes what travels from the code that runs now; <see langword="null"/> if nothing does.</summary>
    public static ChildFlow? Capture(BackgroundFlow what)
    {
        Activity? caller = (what & BackgroundFlow.TraceLink) != 0 && TaskGroupsTelemetry.Source.HasListeners() ? Activity.Current : null;
        bool hasCulture = (what & BackgroundFlow.Culture) != 0;
        return caller is null && !hasCulture ? null : new ChildFlow
        {
            _caller = caller?.Context ?? default,
            _culture = hasCulture ? CultureInfo.CurrentCulture : null,
            _uiCulture = hasCulture ? CultureInfo.CurrentUICulture : null,
        };
    }

    /// <summary>Sets what the child sees, in the child's own flow.</summary>
    public void Enter()
    {
        if (_culture is not null)
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (_culture, _uiCulture!);
        }

        if (_caller != default)
        {
            Activity.Current?.AddLink(new ActivityLink(_caller)); // the child's span: no other is current in a background child
        }
    }
}

/// <summary>The work of a background child to which something travels.</summary>
internal sealed class FlowedWork(ChildFlow flow, Func<CancellationToken, Task> work, object? state) : IHiddenState
{
    public object? State => state;

    public Task RunAsync(CancellationToken cancellationToken)
    {
        flow.Enter();
        return work(cancellationToken);
    }
}

/// <summary>The work of a background child to which something travels, and that yields a value.</summary>
internal sealed class FlowedWork<TResult>(ChildFlow flow, Func<CancellationToken, Task<TResult>> work, object? state) : IHiddenState
{
    public object? State => state;

    public Task<TResult> RunAsync(CancellationToken cancellationToken)
    {
        flow.Enter();
        return work(cancellationToken);
    }
}
