namespace TaskGroups.AspNetCore;

/// <summary>
/// Whether the application has mapped endpoints of operators: one without them is not checked, and its endpoints are not built for that.
/// </summary>
internal sealed class GuardedEndpoints
{
    public bool AreMapped { get; set; }
}
