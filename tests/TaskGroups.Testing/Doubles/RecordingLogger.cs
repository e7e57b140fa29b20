using Microsoft.Extensions.Logging;

namespace TaskGroups.Testing;

/// <summary>A logger provider that keeps every line of every category and level, in order. Thread-safe.</summary>
public sealed class RecordingLogger : ILoggerProvider
{
    private readonly Lock _lock = new();
    private readonly List<LogEntry> _entries = [];
    private readonly List<(Func<LogEntry, bool> IsAwaited, TaskCompletionSource<LogEntry> Found)> _awaited = [];

    public IReadOnlyList<LogEntry> Entries
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries];
            }
        }
    }

    /// <summary>Finds the lines of a level or above that TaskGroups wrote.</summary>
    public IReadOnlyList<LogEntry> OfTaskGroups(LogLevel atLeast = LogLevel.Trace) =>
        [.. Entries.Where(each => each.Category.StartsWith("TaskGroups.", StringComparison.Ordinal) && each.Level >= atLeast)];

    /// <summary>Completes with the first matching line, at once if it has been written already.</summary>
    public Task<LogEntry> WaitForAsync(Func<LogEntry, bool> matches)
    {
        lock (_lock)
        {
            if (_entries.FirstOrDefault(matches) is { } entry)
            {
                return Task.FromResult(entry);
            }

            var found = new TaskCompletionSource<LogEntry>(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((matches, found));
            return found.Task;
        }
    }

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void Dispose()
    {
        // The lines stay readable: tests look at them after the application has ended.
    }

    private void Add(LogEntry entry)
    {
        lock (_lock)
        {
            _entries.Add(entry);
            foreach (var (_, found) in _awaited.Where(each => each.IsAwaited(entry)))
            {
                found.TrySetResult(entry);
            }
        }
    }

    private sealed class Category(RecordingLogger log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            var properties = new Dictionary<string, object?>();
            foreach (var (key, value) in state as IEnumerable<KeyValuePair<string, object?>> ?? [])
            {
                properties[key] = value;
            }

            log.Add(new LogEntry(logLevel, name, eventId, formatter(state, exception), properties, exception));
        }
    }
}
