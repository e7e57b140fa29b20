using Microsoft.AspNetCore.Diagnostics;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>Pages that answer for a failed request: the pipeline is executed once more.</summary>
public sealed class ErrorPageTests
{
    // R51: executed once more is a request once more, in the old scope as well as in a scope of its own.
    [Theory]
    [InlineData("/failing", false)]
    [InlineData("/failing", true)]
    [InlineData("/missing", false)]
    [InlineData("/missing", true)]
    public async Task Page_WhenItIsExecuted_HasAGroup(string path, bool hasScope)
    {
        await using TestApp test = await StartAsync(hasScope);

        Assert.Equal("GET /page", await AnswerAsync(test, path));
    }

    // What handles the failure may use a group itself; the page comes all the same.
    [Theory]
    [InlineData("/failing", false)]
    [InlineData("/failing", true)]
    [InlineData("/missing", false)]
    [InlineData("/missing", true)]
    public async Task Page_WhenItsScopeHasGivenOutAGroup_IsExecuted(string path, bool hasScope)
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) =>
            {
                app.MapGet("/failing", string () => throw new FormatException("broken"));
                app.MapGet("/page", () => "the page");
            },
            builder => builder.Services.AddExceptionHandler<Auditor>(),
            app =>
            {
                app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = "/page", CreateScopeForErrors = hasScope });
                app.UseStatusCodePagesWithReExecute("/page", createScopeForStatusCodePages: hasScope);
                app.Use(async (context, next) =>
                {
                    await next(context);
                    await Auditor.WriteAsync(context);
                });
                app.UseRequestTaskGroups();
                app.UseRouting();
            });

        Assert.Equal("the page", await AnswerAsync(test, path));
    }

    private static async Task<string> AnswerAsync(TestApp test, string path)
    {
        using HttpResponseMessage response = await test.Client.GetAsync(path);
        return await response.Content.ReadAsStringAsync();
    }

    private static Task<TestApp> StartAsync(bool hasScope) => TestApp.StartAsync(
        (app, _) =>
        {
            app.MapGet("/failing", async (Holder holder) => await holder.Group.Run(_ => Task.FromException(new FormatException("broken"))));
            app.MapGet("/missing", async (Holder holder) =>
            {
                await holder.Group.Run(_ => Task.CompletedTask);
                return Results.NotFound();
            });
            app.MapGet("/page", async (Holder holder) => await holder.Group.Run(_ => Task.FromResult(holder.Group.Name)));
        },
        builder => builder.Services.AddScoped<Holder>(),
        app =>
        {
            app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = "/page", CreateScopeForErrors = hasScope });
            app.UseStatusCodePagesWithReExecute("/page", createScopeForStatusCodePages: hasScope);
            app.UseRequestTaskGroups();
            app.UseRouting();
        });

    private sealed class Holder(ITaskGroup group)
    {
        public ITaskGroup Group => group;
    }

    private sealed class Auditor : IExceptionHandler
    {
        public static Task WriteAsync(HttpContext context) =>
            context.RequestServices.GetRequiredService<ITaskGroup>().Run(_ => Task.CompletedTask);

        public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            await WriteAsync(httpContext);
            return false;
        }
    }
}
