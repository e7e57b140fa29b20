namespace TaskGroups.Testing;

/// <summary>Decides who takes the next step.</summary>
public abstract class Chooser
{
    /// <summary>Chooses one of the actors that can go on.</summary>
    /// <param name="explorer">The schedule so far.</param>
    /// <param name="enabled">The indexes of the actors that can go on, at least one, ascending.</param>
    /// <param name="current">The actor that took the last step; -1 at the start.</param>
    /// <returns>One of <paramref name="enabled"/>.</returns>
    public abstract int Choose(Explorer explorer, IReadOnlyList<int> enabled, int current);

    /// <summary>The choice that costs nothing: the current actor goes on.</summary>
    protected static int Default(IReadOnlyList<int> enabled, int current)
    {
        for (int index = 0; index < enabled.Count; index++)
        {
            if (enabled[index] == current)
            {
                return current;
            }
        }

        return enabled[0];
    }
}
