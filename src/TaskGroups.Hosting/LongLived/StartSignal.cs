namespace TaskGroups.Hosting;

/// <summary>The start signal of one scope. It releases what the background task of the scope holds back.</summary>
internal sealed class StartSignal : IStartSignal
{
    private Readiness.Hold? _hold;

    /// <summary>Makes this the signal of a background task. To be called before the task's service is resolved.</summary>
    public void Attach(Readiness.Hold? hold) => _hold = hold;

    public void Started() => _hold?.Release();
}
