namespace TaskGroups.Jobs.Tests;

/// <summary>The payload of the job <c>work</c>, which a test scripts.</summary>
public sealed record Work(string Text = "", int Number = 0);

/// <summary>The payload of the job <c>other</c>.</summary>
public sealed record Other(string Text = "");

/// <summary>One invocation of a handler.</summary>
/// <param name="Text">The text of the payload.</param>
/// <param name="Context">The context of the attempt.</param>
/// <param name="Group">The <see cref="ITaskGroup"/> of the attempt's scope.</param>
/// <param name="Scope">The services of the attempt's scope.</param>
/// <param name="Token">The token of the handler.</param>
public sealed record JobCall(string Text, JobContext Context, ITaskGroup Group, IServiceProvider Scope, CancellationToken Token);

/// <summary>What handlers do: the test says.</summary>
public sealed class JobScript
{
    public Func<JobCall, Task> Run { get; set; } = _ => Task.CompletedTask;
}

internal sealed class WorkHandler(JobScript script, ITaskGroup group, IServiceProvider scope) : IJobHandler<Work>
{
    public Task RunAsync(Work job, JobContext context, CancellationToken cancellationToken) =>
        script.Run(new JobCall(job.Text, context, group, scope, cancellationToken));
}

internal sealed class OtherHandler(JobScript script, ITaskGroup group, IServiceProvider scope) : IJobHandler<Other>
{
    public Task RunAsync(Other job, JobContext context, CancellationToken cancellationToken) =>
        script.Run(new JobCall(job.Text, context, group, scope, cancellationToken));
}
