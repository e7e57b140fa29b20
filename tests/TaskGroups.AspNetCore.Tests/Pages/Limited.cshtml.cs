using Microsoft.AspNetCore.Mvc.RazorPages;

namespace TaskGroups.AspNetCore.Tests.Pages;

[TaskGroup(TimeoutMilliseconds = 6000)]
public sealed class LimitedModel : PageModel
{
    // Has no effect: pages take their limits from the class.
    [TaskGroup(TimeoutMilliseconds = 1000)]
    public void OnGet()
    {
    }

    [DisableTaskGroup]
    public void OnPost()
    {
    }
}
