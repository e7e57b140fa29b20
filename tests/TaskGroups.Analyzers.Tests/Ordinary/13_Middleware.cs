using System.Diagnostics;
using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

public sealed class TimingMiddleware(RequestDelegate next, ILogger<TimingMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context, ITaskGroup tasks, IBackgroundTaskGroup background)
    {
        long started = Stopwatch.GetTimestamp();
        tasks.Run(async ct =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), ct);
            logger.LogInformation("{Path} is slow", context.Request.Path);
        });
        context.Response.OnCompleted(() =>
        {
            logger.LogInformation("{Path} took {Elapsed}", context.Request.Path, Stopwatch.GetElapsedTime(started));
            return Task.CompletedTask;
        });
        string user = context.User.Identity?.Name ?? "";
        background.RunScoped((IMailer mailer, CancellationToken ct) => mailer.SendAsync("audit", user, ct));
        await next(context);
    }
}

public static class PlatformExtensions
{
    public static IApplicationBuilder UsePlatform(this IApplicationBuilder app) => app
        .UseExceptionHandler("/error")
        .UseRequestTaskGroups()
        .UseMiddleware<TimingMiddleware>();

    public static void UseBranches(this WebApplication app)
    {
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/api"), branch => branch.UseRequestTaskGroups());
        app.MapWhen(context => context.Request.Path.StartsWithSegments("/admin"), branch => branch.UseRequestTaskGroups());
    }
}
