namespace TaskGroups.Hosting;

/// <summary>
/// The rule for the names of what an application registers. Logs, messages and pages show each of them as it was given, and code and
/// configuration can name it.
/// </summary>
internal static class GivenName
{
    /// <summary>The longest name that is shown whole, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>Refuses a name that breaks the rule.</summary>
    /// <param name="name">The name.</param>
    /// <param name="what">What is named: "a job".</param>
    /// <param name="example">Code that gives a good name.</param>
    /// <param name="maxLength">The most characters that it may have.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> breaks the rule; the message says how, and what to type.</exception>
    public static void Check(string name, string what, string example, int maxLength = MaxLength)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (FindViolation(name, what, maxLength) is { } violation)
        {
            throw new ArgumentException($"{violation} Type for example {example}.", nameof(name));
        }
    }

    /// <summary>Says what is wrong with a name; <see langword="null"/> if nothing is.</summary>
    public static string? FindViolation(string name, string what, int maxLength = MaxLength)
    {
        string shown = DisplayName.ForOther(name, "");
        return shown.Length > 0 && name.Length <= maxLength && DisplayName.ForGroup(name) == name
            ? null
            : $"The name of {what} has 1 to {maxLength} characters, is not blank, has no control or bidirectional characters, and is no "
                + $"source text (no => and no double quote). This one has {name.Length}, and reads '{shown}' when it is shown.";
    }
}
