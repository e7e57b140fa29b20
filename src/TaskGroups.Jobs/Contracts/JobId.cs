using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;

namespace TaskGroups.Jobs;

/// <summary>The id of a job: 1 to 200 printable characters, unique across all jobs.</summary>
/// <remarks>
/// Converts from <see cref="string"/>. Two ids are equal if their characters are. A type of failure, a log line and an address of
/// <c>MapJobs</c> may show it, so it should hold no secret.
/// </remarks>
[JsonConverter(typeof(JobIdJsonConverter))]
public readonly record struct JobId : IParsable<JobId>
{
    /// <summary>The most characters of an id.</summary>
    public const int MaxLength = 200;

    private readonly string? _value;

    /// <summary>Makes an id.</summary>
    /// <param name="value">1 to 200 printable characters.</param>
    /// <exception cref="ArgumentNullException"><paramref name="value"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="value"/> is no id; the message says why.</exception>
    public JobId(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _value = Fault(value) is { } fault ? throw new ArgumentException(fault, nameof(value)) : value;
    }

    /// <summary>The characters of the id.</summary>
    /// <exception cref="InvalidOperationException">This is <c>default(JobId)</c>, which is no id.</exception>
    public string Value => _value ?? throw new InvalidOperationException(
        "This JobId was never given a value. Make one from a string: JobId id = \"receipt-42\".");

    /// <summary>Makes an id of a string.</summary>
    /// <param name="value">1 to 200 printable characters.</param>
    /// <exception cref="ArgumentException"><paramref name="value"/> is no id.</exception>
    public static implicit operator JobId(string value) => new(value);

    /// <summary>Makes a new id, which no other job has.</summary>
    public static JobId New() => new(Guid.CreateVersion7().ToString("N", CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    /// <exception cref="FormatException"><paramref name="s"/> is no id.</exception>
    public static JobId Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Fault(s) is { } fault ? throw new FormatException(fault) : new JobId(s);
    }

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out JobId result)
    {
        bool isId = s is not null && Fault(s) is null;
        result = isId ? new JobId(s!) : default;
        return isId;
    }

    /// <summary>Gives the characters of the id; the empty string for <c>default(JobId)</c>.</summary>
    public override string ToString() => _value ?? "";

    private static string? Fault(string value)
    {
        if (value.Length is 0 or > MaxLength)
        {
            return $"The id of a job has 1 to {MaxLength} characters, and this one has {value.Length}.";
        }

        for (int index = 0; index < value.Length; index += char.IsSurrogatePair(value, index) ? 2 : 1)
        {
            if (!IsPrintable(CharUnicodeInfo.GetUnicodeCategory(value, index)))
            {
                return $"The id of a job has printable characters only, and character {index + 1} of this one is "
                    + $"U+{(int)value[index]:X4}.";
            }
        }

        return null;
    }

    // Format characters turn the direction of text around, or are not seen at all.
    private static bool IsPrintable(UnicodeCategory category) => category is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
