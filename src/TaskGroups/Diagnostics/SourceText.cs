using System.Buffers;
using System.Text;

namespace TaskGroups;

/// <summary>
/// Shows source text as a name: the text of a lambda is what a child is called by default, and its strings may hold what no log may show.
/// </summary>
internal static class SourceText
{
    /// <summary>The longest name that is made of source text, in characters.</summary>
    public const int MaxLength = 60;

    private const char Ellipsis = '…';

    private static readonly SearchValues<char> Word = SearchValues.Create(
        [.. Enumerable.Range(0, char.MaxValue + 1).Select(code => (char)code)
            .Where(each => char.IsLetterOrDigit(each) || each is '_' or '@')]);

    /// <summary>Whether a name counts as source text.</summary>
    public static bool Is(ReadOnlySpan<char> name) => name.Contains('"') || name.Contains("=>", StringComparison.Ordinal);

    /// <summary>
    /// Leaves out the head of a lambda, comments and quoted text, in whose place stands an ellipsis. Numbers stay. What it gives, it gives
    /// again for its own result.
    /// </summary>
    public static string Show(string text)
    {
        ReadOnlySpan<char> code = WithoutQuoted(text);
        int head;
        do
        {
            head = LengthOfHead(code);
            code = code[head..].TrimStart();
        }
        while (head > 0);
        return Cut(code.TrimEnd());
    }

    private static string WithoutQuoted(string text)
    {
        var code = new StringBuilder(text.Length);
        var literals = new SourceLiteral(text);
        bool gap = false;
        int at = 0;
        while (at < text.Length)
        {
            int quoted = literals.EndOfQuoted(at);
            int comment = literals.EndOfComment(at);
            char character = text[at];
            if (quoted == at && (comment > at || char.IsWhiteSpace(character) || DisplayName.IsUnwanted(character)))
            {
                gap |= comment > at || char.IsWhiteSpace(character);
                at = Math.Max(comment, at + 1);
                continue;
            }

            if (gap && code.Length > 0)
            {
                code.Append(' ');
            }

            gap = false;
            code.Append(quoted > at ? Ellipsis : character);
            at = Math.Max(quoted, at + 1);
        }

        return code.ToString();
    }

    /// <summary>
    /// The length of a lambda's parameters, what stands before them, and the arrow; 0 if the code is not that of a lambda.
    /// </summary>
    private static int LengthOfHead(ReadOnlySpan<char> code)
    {
        int open = 0;
        int parameters = 0;
        for (int at = 0; at < code.Length; at++)
        {
            switch (code[at])
            {
                case '(' or '[' or '{':
                    parameters = open++ == 0 ? at : parameters;
                    break;
                case ')' or ']' or '}':
                    open--;
                    break;
                case '=' when open == 0 && code[at..] is ['=', '>', ..]:
                    ReadOnlySpan<char> before = code[..at].TrimEnd();
                    return (before is [.., ')'] ? IsType(before[..parameters]) : IsParameter(before)) ? at + 2 : 0;
            }
        }

        return 0;
    }

    // One word, after the modifiers.
    private static bool IsParameter(ReadOnlySpan<char> words)
    {
        while (words.StartsWith("async ", StringComparison.Ordinal) || words.StartsWith("static ", StringComparison.Ordinal))
        {
            words = words[(words.IndexOf(' ') + 1)..];
        }

        return !words.ContainsAnyExcept(Word);
    }

    // What may stand before parentheses: modifiers, attributes, the type of the result. No operators.
    private static bool IsType(ReadOnlySpan<char> text)
    {
        for (int at = 0; at < text.Length; at++)
        {
            bool isOperator = text[at] == '?' && at > 0 && text[at - 1] == ' ';
            if (isOperator || !(Word.Contains(text[at]) || " .<>,?[]()*:…".Contains(text[at], StringComparison.Ordinal)))
            {
                return false;
            }
        }

        return true;
    }

    private static string Cut(ReadOnlySpan<char> code)
    {
        if (code.Length <= MaxLength)
        {
            return code.ToString();
        }

        int length = MaxLength - 1;
        length -= char.IsHighSurrogate(code[length - 1]) ? 1 : 0;
        return string.Concat(code[..length].TrimEnd($" {Ellipsis}"), Ellipsis.ToString());
    }
}
