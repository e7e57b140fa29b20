namespace TaskGroups;

/// <summary>Finds where quoted text and comments in C# source text end. Text that does not end, ends with the source text.</summary>
/// <remarks>
/// It reads any text and throws for none. Strings in the holes of interpolated strings are followed to a bounded depth; below it the rest
/// counts as quoted.
/// </remarks>
internal readonly ref struct SourceLiteral(ReadOnlySpan<char> text)
{
    private const int MaxDepth = 16;

    private readonly ReadOnlySpan<char> _text = text;

    /// <summary>The end of the string or character that begins at a place; that place if none begins there.</summary>
    public int EndOfQuoted(int start) => EndOfQuoted(start, 0);

    /// <summary>The end of the comment that begins at a place; that place if none begins there.</summary>
    public int EndOfComment(int start) => _text[start..] switch
    {
        ['/', '/', ..] => EndAt(start, _text[start..].IndexOfAny('\r', '\n'), 0),
        ['/', '*', ..] => EndAt(start + 2, _text[(start + 2)..].IndexOf("*/"), 2),
        _ => start,
    };

    private int EndOfQuoted(int start, int depth)
    {
        if (_text[start] == '\'')
        {
            return EndOfCharacter(start + 1);
        }

        int quote = start + _text[start..].IndexOfAnyExcept('$', '@');
        if (quote < start || _text[quote] != '"')
        {
            return start;
        }

        ReadOnlySpan<char> prefix = _text[start..quote];
        var kind = new StringKind(prefix.Count('$'), prefix.Contains('@'), RunOf('"', quote));
        return depth > MaxDepth ? _text.Length
            : kind.IsRaw ? EndOfRawString(quote + kind.Quotes, kind, depth)
            : EndOfString(quote + 1, kind, depth);
    }

    // It ends on its line. An apostrophe that begins no character is no source text: what follows might be quoted.
    private int EndOfCharacter(int at)
    {
        while (at < _text.Length && _text[at] is not ('\'' or '\r' or '\n'))
        {
            at += _text[at] == '\\' ? 2 : 1;
        }

        return at < _text.Length && _text[at] == '\'' ? at + 1 : _text.Length;
    }

    private int EndOfString(int at, StringKind kind, int depth)
    {
        while (at < _text.Length)
        {
            switch (_text[at])
            {
                case '\\' when !kind.IsVerbatim:
                case '"' when kind.IsVerbatim && RunOf('"', at) > 1:
                case '{' when kind.Dollars > 0 && RunOf('{', at) > 1:
                    at += 2;
                    break;
                case '"':
                    return at + 1;
                case '{' when kind.Dollars > 0:
                    at = EndOfHole(at + 1, kind, depth);
                    break;
                default:
                    at++;
                    break;
            }
        }

        return _text.Length;
    }

    private int EndOfRawString(int at, StringKind kind, int depth)
    {
        while (at < _text.Length)
        {
            int quotes = RunOf('"', at);
            int braces = RunOf('{', at);
            if (quotes >= kind.Quotes)
            {
                return at + quotes;
            }

            at = kind.Dollars > 0 && braces >= kind.Dollars
                ? EndOfHole(at + braces, kind, depth)
                : at + Math.Max(1, Math.Max(quotes, braces));
        }

        return _text.Length;
    }

    // Code up to the brace that closes it, or up to the colon before a format.
    private int EndOfHole(int at, StringKind kind, int depth)
    {
        int open = 0;
        while (at < _text.Length)
        {
            int next = Math.Max(EndOfQuoted(at, depth + 1), EndOfComment(at));
            if (next > at)
            {
                at = next;
                continue;
            }

            switch (_text[at])
            {
                case '(' or '[' or '{':
                    open++;
                    break;
                case '}' when open == 0:
                    return at + 1;
                case ')' or ']' or '}':
                    open--;
                    break;
                case ':' when RunOf(':', at) > 1:
                    at++;
                    break;
                case ':' when open == 0:
                    return EndOfFormat(at + 1, kind);
            }

            at++;
        }

        return _text.Length;
    }

    private int EndOfFormat(int at, StringKind kind)
    {
        while (at < _text.Length && _text[at] != '}')
        {
            if (_text[at] == '"' && !kind.IsVerbatim && RunOf('"', at) >= kind.Quotes)
            {
                return at; // no source text: the string ends in its hole
            }

            at += (_text[at] == '\\' && !kind.IsRaw) ? 2 : 1;
        }

        return Math.Min(at + 1, _text.Length);
    }

    private int RunOf(char character, int at)
    {
        int length = _text[at..].IndexOfAnyExcept(character);
        return length < 0 ? _text.Length - at : length;
    }

    private int EndAt(int start, int length, int closing) => length < 0 ? _text.Length : start + length + closing;

    /// <summary>How a string is written.</summary>
    /// <param name="Dollars">How many braces begin a hole; 0: it has none.</param>
    /// <param name="IsVerbatim">Whether two quotes stand for one, and backslashes for themselves.</param>
    /// <param name="Quotes">How many quotes stand at its begin.</param>
    private readonly record struct StringKind(int Dollars, bool IsVerbatim, int Quotes)
    {
        public bool IsRaw => Quotes >= 3 && !IsVerbatim;
    }
}
