using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.Pages;

public sealed class FanModel(ITaskGroup tasks) : PageModel
{
    public void OnGetForget([FromServices] Trail trail)
    {
        Gate returned = new();
        Response.OnStarting(() =>
        {
            trail.Add("response");
            return Task.CompletedTask;
        });
        tasks.Run(async _ =>
        {
            await returned.WaitAsync(CancellationToken.None);
            trail.Add("child");
        });
        ThreadPool.QueueUserWorkItem(_ => returned.Open());
    }

    public void OnGetFailForgotten() => tasks.Run(_ => FanController.Fail());

    public Task OnGetFailAwaited() => tasks.Run(_ => FanController.Fail());
}
