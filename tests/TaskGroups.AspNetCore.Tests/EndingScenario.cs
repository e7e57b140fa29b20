using Microsoft.AspNetCore.Mvc;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>What a handler of any kind does, by the name of its ending.</summary>
internal static class EndingScenario
{
    public static async Task RunAsync(string ending, HttpContext context, ITaskGroup tasks)
    {
        Trail trail = context.RequestServices.GetRequiredService<Trail>();
        if (ending.EndsWith("in-the-body", StringComparison.Ordinal))
        {
            await context.Response.WriteAsync("part");
        }

        switch (ending)
        {
            case "normal" or "keep-alive" or "pipelining" or "filter-outside" or "filter-inside" or "sub-requests":
                await tasks.Run(async _ => await Task.Yield());
                break;
            case "child-fails" or "child-fails-in-the-body" or "error-page":
                await tasks.Run(_ => Task.FromException(new FormatException("broken")));
                break;
            case "forgotten-child-fails":
                tasks.Run(_ => Task.FromException(new FormatException("broken")));
                break;
            case "client-leaves-in-an-upload":
                trail.Add("started");
                await tasks.Run(_ => context.Request.Body.CopyToAsync(Stream.Null, CancellationToken.None)); // the reset ends it
                break;
            case "limit-passes-unheeded":
                Task stubborn = tasks.Run(_ => context.RequestServices.GetRequiredService<Gate>().WaitAsync(CancellationToken.None));
                trail.Add("started");
                await stubborn;
                break;
            case "host-stops-heeded":
                Task obedient = tasks.Run(_ => Task.Delay(Timeout.Infinite, tasks.StoppingToken));
                trail.Add("started");
                await obedient;
                break;
            default:
                Task hanging = tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "hanging");
                if (ending == "full")
                {
                    tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "one too many");
                }

                trail.Add("started");
                await hanging;
                break;
        }
    }
}

[ApiController]
[Route("controller/{ending}")]
public sealed class EndingController(ITaskGroup tasks) : ControllerBase
{
    [HttpGet]
    [HttpPost]
    public async Task<IActionResult> Run(string ending)
    {
        await EndingScenario.RunAsync(ending, HttpContext, tasks);
        return Response.HasStarted ? new EmptyResult() : Content("ok");
    }
}
