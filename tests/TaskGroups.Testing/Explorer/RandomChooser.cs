namespace TaskGroups.Testing;

/// <summary>Each actor that can go on is as likely as the others.</summary>
public sealed class RandomChooser(int seed) : Chooser
{
    private readonly Random _random = new(seed);

    public override int Choose(Explorer explorer, IReadOnlyList<int> enabled, int current) => enabled[_random.Next(enabled.Count)];
}
