namespace TaskGroups.AspNetCore;

/// <summary>
/// Whether the application has mapped the live page: one without it is not checked, and its endpoints are not built for that.
/// </summary>
internal sealed class LivePageMapping
{
    public bool IsMapped { get; set; }
}
