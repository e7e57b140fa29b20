namespace TaskGroups.AspNetCore.Tests;

/// <summary>The request's group without injection.</summary>
public sealed class GetTaskGroupTests
{
    // R27
    [Fact]
    public async Task GetTaskGroup_InAHandler_IsTheInjectedGroup()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app
            .MapGet("/", (HttpContext context, ITaskGroup tasks) => Results.Ok(ReferenceEquals(tasks, context.GetTaskGroup())))
            .WithTaskGroup());

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    // R51: asked for early, it is the request's; used early, what it started is joined.
    [Fact]
    public async Task GetTaskGroup_BeforeTheMiddleware_IsTheInjectedGroupToo()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapGet("/", (HttpContext context, ITaskGroup tasks) =>
                Results.Ok(ReferenceEquals(tasks, context.Items["early"]))),
            pipeline: app =>
            {
                app.Use((context, next) =>
                {
                    context.Items["early"] = context.GetTaskGroup();
                    return next(context);
                });
                app.UseRequestTaskGroups();
            });

        Assert.Equal("true", await test.Client.GetStringAsync("/"));
    }

    [Fact]
    public void GetTaskGroup_WithoutTheServices_NamesTheMissingCalls()
    {
        DefaultHttpContext context = new() { RequestServices = new ServiceCollection().BuildServiceProvider() };

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => context.GetTaskGroup());

        Assert.Contains("AddRequestTaskGroups()", error.Message, StringComparison.Ordinal);
        Assert.Contains("UseRequestTaskGroups()", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new DefaultHttpContext().GetTaskGroup());
    }

    [Fact]
    public void GetTaskGroup_OfNull_IsRefusedByName() =>
        Assert.Equal("context", Assert.Throws<ArgumentNullException>(() => ((HttpContext)null!).GetTaskGroup()).ParamName);
}
