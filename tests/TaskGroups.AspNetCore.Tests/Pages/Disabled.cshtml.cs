using Microsoft.AspNetCore.Mvc.RazorPages;

namespace TaskGroups.AspNetCore.Tests.Pages;

[DisableTaskGroup]
public sealed class DisabledModel : PageModel;
