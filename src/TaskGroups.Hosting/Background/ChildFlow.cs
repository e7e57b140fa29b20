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

    /// <summary>Sets what the child sees. To be called in an async method: it ends with that one.</summary>
    /// <returns>The child's activity; <see langword="null"/> if there is none.</returns>
    public Activity? Enter(string child)
    {
        if (_culture is not null)
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (_culture, _uiCulture!);
        }

        return _caller == default
            ? null
            : TaskGroupsTelemetry.Source.StartActivity(
                ActivityKind.Internal, name: $"child {child}", links: [new ActivityLink(_caller)]);
    }
}

/// <summary>The work of a background child to which something travels.</summary>
internal sealed class FlowedWork(ChildFlow flow, string child, Func<CancellationToken, Task> work, object? state) : IHiddenState
{
    public object? State => state;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using Activity? activity = flow.Enter(child);
        try
        {
            await TaskGroupHostingExtensions.NotNull(work(cancellationToken)).ConfigureAwait(false);
        }
        catch (Exception failure) when (SetFailed(activity, failure))
        {
            throw;
        }
    }

    internal static bool SetFailed(Activity? activity, Exception failure)
    {
        activity?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", failure.GetType().FullName);
        return false;
    }
}

/// <summary>The work of a background child to which something travels, and that yields a value.</summary>
internal sealed class FlowedWork<TResult>(ChildFlow flow, string child, Func<CancellationToken, Task<TResult>> work, object? state)
    : IHiddenState
{
    public object? State => state;

    public async Task<TResult> RunAsync(CancellationToken cancellationToken)
    {
        using Activity? activity = flow.Enter(child);
        try
        {
            return await TaskGroupHostingExtensions.NotNull(work(cancellationToken)).ConfigureAwait(false);
        }
        catch (Exception failure) when (FlowedWork.SetFailed(activity, failure))
        {
            throw;
        }
    }
}
