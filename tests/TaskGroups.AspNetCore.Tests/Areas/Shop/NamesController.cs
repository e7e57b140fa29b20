using Microsoft.AspNetCore.Mvc;

namespace TaskGroups.AspNetCore.Tests.Areas.Shop;

/// <summary>One of two controllers of this name: the area tells them apart.</summary>
[Area("shop")]
[Route("shop/names")]
public sealed class NamesController(ITaskGroup tasks) : ControllerBase
{
    [HttpGet("group")]
    public string Group() => tasks.Name;
}
