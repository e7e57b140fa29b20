using Microsoft.Extensions.Logging;

namespace TaskGroups.Testing;

/// <summary>One line of a log.</summary>
/// <param name="Level">The level.</param>
/// <param name="Category">The logger's category.</param>
/// <param name="EventId">The event.</param>
/// <param name="Message">The rendered text.</param>
/// <param name="Properties">The named values of the message; the template is <c>{OriginalFormat}</c>.</param>
/// <param name="Exception">The exception, if the line has one.</param>
public sealed record LogEntry(
    LogLevel Level, string Category, EventId EventId, string Message, IReadOnlyDictionary<string, object?> Properties, Exception? Exception)
{
    public object? this[string property] => Properties.GetValueOrDefault(property);

    public override string ToString() =>
        $"{Level} {Category}[{EventId.Id}] {Message}{(Exception is null ? "" : $" ({Exception.GetType().Name}: {Exception.Message})")}";
}
