namespace TaskGroups.Testing;

/// <summary>Repeats the choices of an earlier schedule.</summary>
public sealed class ReplayChooser(IReadOnlyList<int> choices) : Chooser
{
    private int _next;

    public override int Choose(Explorer explorer, IReadOnlyList<int> enabled, int current)
    {
        if (enabled.Count == 1)
        {
            return enabled[0];
        }

        if (_next == choices.Count)
        {
            return Default(enabled, current);
        }

        int choice = choices[_next++];
        return enabled.Contains(choice)
            ? choice
            : throw new InvalidOperationException(
                $"The program does not repeat itself: choice {_next - 1} is actor {choice}, which cannot go on.");
    }
}
