using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace TaskGroups.AspNetCore.Tests.Pages;

[IgnoreAntiforgeryToken]
public sealed class EndingModel(ITaskGroup tasks) : PageModel
{
    public Task<IActionResult> OnGetAsync(string ending) => RunAsync(ending);

    public Task<IActionResult> OnPostAsync(string ending) => RunAsync(ending);

    private async Task<IActionResult> RunAsync(string ending)
    {
        await EndingScenario.RunAsync(ending, HttpContext, tasks);
        return Response.HasStarted ? new EmptyResult() : Content("ok");
    }
}
