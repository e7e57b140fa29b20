using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace TaskGroups;

/// <summary>Cleans the names of groups and children once, at creation, so that no report, log or page has to.</summary>
internal static class DisplayName
{
    private const int MaxLength = 128;
    private const string DefaultGroup = "group";
    private const string DefaultChild = "child";

    // Control characters forge log lines and drive terminals; line separators and bidirectional controls disguise text.
    private static readonly SearchValues<char> Unwanted = SearchValues.Create(
        [.. Enumerable.Range(0, char.MaxValue + 1).Select(code => (char)code).Where(IsUnwanted)]);

    // A text of code is one string object, cleaned once and not for each child. Weak: a name that is made for one child goes with it.
    private static readonly ConditionalWeakTable<string, string> Cleaned = [];

    public static string ForGroup(string? name) => Clean(name, DefaultGroup);

    public static string ForChild(string? name) => Clean(name, DefaultChild);

    private static string Clean(string? name, string fallback)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return fallback;
        }

        if (name.Length <= MaxLength && !name.AsSpan().ContainsAny(Unwanted))
        {
            return name;
        }

        if (!Cleaned.TryGetValue(name, out string? cleaned))
        {
            cleaned = Rewrite(name);
            Cleaned.TryAdd(name, cleaned);
        }

        return cleaned.Length == 0 ? fallback : cleaned;
    }

    // Runs of white space and unwanted characters become one space: the text of a lambda may span lines.
    private static string Rewrite(string name)
    {
        var clean = new StringBuilder(MaxLength);
        bool gap = false;
        foreach (char character in name)
        {
            if (char.IsWhiteSpace(character) || Unwanted.Contains(character))
            {
                gap = clean.Length > 0 && (gap || char.IsWhiteSpace(character));
                continue;
            }

            if (gap)
            {
                clean.Append(' ');
                gap = false;
            }

            clean.Append(character);
            if (clean.Length >= MaxLength)
            {
                break;
            }
        }

        if (clean.Length > MaxLength)
        {
            clean.Length = MaxLength;
        }

        // The cut leaves neither half a character nor the space before what it took away.
        if (clean.Length > 0 && char.IsHighSurrogate(clean[^1]))
        {
            clean.Length--;
        }

        return clean.ToString().TrimEnd();
    }

    private static bool IsUnwanted(char character) =>
        char.IsControl(character)
        || character is '\u2028' or '\u2029' // line and paragraph separators
            or '\u061C' or '\u200E' or '\u200F' // direction marks
            or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'); // embeddings, overrides, isolates
}
