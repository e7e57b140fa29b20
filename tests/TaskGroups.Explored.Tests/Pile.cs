namespace TaskGroups;

/// <summary>Stands in for the core's piles of unused objects: they would carry state from one schedule into the next.</summary>
internal sealed class Pile(Depot depot)
{
    public const int Size = 32;

    private readonly Piled? _top = depot.Take(); // nothing: nobody puts anything there

    public Piled? Take() => _top;

    public void Put(Piled unused) => unused.Link = _top;
}
