namespace TaskGroups.AspNetCore;

/// <summary>Marks the endpoints of the live page, so that the check at the start finds them.</summary>
internal sealed class LivePageMetadata
{
    private LivePageMetadata()
    {
    }

    public static LivePageMetadata Instance { get; } = new();
}
