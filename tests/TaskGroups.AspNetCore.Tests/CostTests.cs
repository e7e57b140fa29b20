using Microsoft.AspNetCore.Http.Features;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>What a request pays that does not use its group. Bytes are exact, so they are tested.</summary>
public sealed class CostTests
{
    private const int Requests = 1_000;

    // R32
    [Fact]
    public async Task UnusedGroup_OfARequestThatDoesNotSuspend_CostsAtMost160Bytes()
    {
        await using TestApp test = TestApp.Build((_, _) => { });
        RequestDelegate handler = _ => Task.CompletedTask;
        RequestDelegate withGroups = PipelineOf(test.App, handler);

        // Once for whatever is made once, then measured: on one thread, so nothing else counts.
        Measure(test.App, handler);
        Measure(test.App, withGroups);
        long plain = Measure(test.App, handler);
        long measured = Measure(test.App, withGroups);

        Assert.InRange((measured - plain) / Requests, 1, 160);
    }

    // A deadline that no caller sends, and one that no client passes on
    [Fact]
    public async Task UsedGroup_WhereDeadlinesAreTakenAndNoneComes_CostsNotAByteMore()
    {
        await using TestApp without = TestApp.Build((_, _) => { });
        await using TestApp with = TestApp.Build(
            (_, _) => { },
            builder => builder.Services.AddRequestTaskGroups(options => options.IncomingDeadline.IsTrusted = static _ => true));
        RequestDelegate handler = context => context.GetTaskGroup().Run(static _ => Task.CompletedTask);
        RequestDelegate ofOne = PipelineOf(without.App, handler);
        RequestDelegate ofOther = PipelineOf(with.App, handler);

        Measure(without.App, ofOne);
        Measure(with.App, ofOther);

        Assert.Equal(Measure(without.App, ofOne), Measure(with.App, ofOther));
        Assert.Null(without.App.Services.GetService<Hosting.CurrentGroup>()); // only this would follow the current group
    }

    private static long Measure(WebApplication app, RequestDelegate pipeline)
    {
        // The server uses its context again for each request on a connection, and so does this.
        DefaultHttpContext context = new() { ServiceScopeFactory = app.Services.GetRequiredService<IServiceScopeFactory>() };
        context.Features.Set<IServiceProvidersFeature>(new OneScope(app.Services));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Requests; i++)
        {
            context.Features.Set<ITaskGroupFeature>(null);
            Task request = pipeline(context);
            Assert.True(request.IsCompletedSuccessfully);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static RequestDelegate PipelineOf(WebApplication app, RequestDelegate handler)
    {
        ApplicationBuilder builder = new(app.Services);
        builder.UseRequestTaskGroups();
        builder.Run(handler);
        return builder.Build();
    }

    private sealed class OneScope(IServiceProvider services) : IServiceProvidersFeature
    {
        public IServiceProvider RequestServices { get; set; } = services;
    }
}
