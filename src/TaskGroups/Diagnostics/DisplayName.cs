using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace TaskGroups;

/// <summary>
/// The names of groups and children as logs, messages, observers and pages show them. They are made where they are shown: a child that
/// nothing shows pays nothing for its name. What is made of a name, is made again of the result.
/// </summary>
internal static class DisplayName
{
    private const int MaxLength = 128;
    private const string DefaultGroup = "group";
    private const string DefaultChild = "child";
    private const string TopLevelStatements = "<Main>$"; // what the compiler calls the method that they are

    // Control characters forge log lines and drive terminals; line separators and bidirectional controls disguise text.
    private static readonly SearchValues<char> Unwanted = SearchValues.Create(
        [.. Enumerable.Range(0, char.MaxValue + 1).Select(code => (char)code).Where(IsUnwanted)]);

    // The same, and what source text has: only a name with such a character is looked at closely.
    private static readonly SearchValues<char> Telling = SearchValues.Create(
        [.. Enumerable.Range(0, char.MaxValue + 1).Select(code => (char)code).Where(each => IsUnwanted(each) || each is '"' or '=')]);

    // A text of code is one string object, rewritten once and not for each child. Weak: a name that is made for one child goes with it.
    private static readonly ConditionalWeakTable<string, string> Shown = [];

    public static string ForGroup(string? name) => Show(name == TopLevelStatements ? "Main" : name, DefaultGroup);

    public static string ForChild(string? name) => Show(name, DefaultChild);

    /// <summary>Cleans a text that names neither, and is no source text whatever it holds.</summary>
    public static string ForOther(string? text, string fallback) =>
        string.IsNullOrWhiteSpace(text) || Rewrite(text) is not { Length: > 0 } cleaned ? fallback : cleaned;

    public static bool IsUnwanted(char character) =>
        char.IsControl(character)
        || character is '\u2028' or '\u2029' // line and paragraph separators
            or '\u061C' or '\u200E' or '\u200F' // direction marks
            or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'); // embeddings, overrides, isolates

    private static string Show(string? name, string fallback)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return fallback;
        }

        if (name.Length <= MaxLength && (!name.AsSpan().ContainsAny(Telling) || IsPlain(name)))
        {
            return name;
        }

        if (!Shown.TryGetValue(name, out string? shown))
        {
            shown = SourceText.Is(name) ? SourceText.Show(name) : Rewrite(name);
            Shown.TryAdd(name, shown);
        }

        return shown.Length == 0 ? fallback : shown;
    }

    // A name that was made for one child may have an equals sign, and is not worth an entry.
    private static bool IsPlain(string name) => !SourceText.Is(name) && !name.AsSpan().ContainsAny(Unwanted);

    // Runs of white space and unwanted characters become one space.
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
}
