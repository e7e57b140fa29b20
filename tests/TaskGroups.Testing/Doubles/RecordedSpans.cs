using System.Diagnostics;

namespace TaskGroups.Testing;

/// <summary>The spans of some sources that have ended. A listener sees the whole process, so tests look for names of their own.</summary>
public sealed class RecordedSpans : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly List<Activity> _ended = [];

    /// <param name="sources">The names of the sources; none: that of TaskGroups.</param>
    public RecordedSpans(params string[] sources)
        : this(ActivitySamplingResult.AllDataAndRecorded, sources)
    {
    }

    public RecordedSpans(ActivitySamplingResult sampling, params string[] sources)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => sources.Length == 0 ? source.Name == "TaskGroups" : sources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => sampling,
            ActivityStopped = activity =>
            {
                lock (_ended)
                {
                    _ended.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Those that have ended, in that order.</summary>
    public Activity[] All
    {
        get
        {
            lock (_ended)
            {
                return [.. _ended];
            }
        }
    }

    /// <summary>Finds the one span with a name.</summary>
    public Activity Named(string name) => All.Single(span => span.OperationName == name);

    /// <summary>The tags of a span, as <c>key=value</c>, sorted.</summary>
    public static string[] TagsOf(Activity span) => WordsOf(span.TagObjects);

    /// <summary>The events of a span, as <c>name: key=value ...</c>.</summary>
    public static string[] EventsOf(Activity span) =>
        [.. span.Events.Select(each => $"{each.Name}: {string.Join(' ', WordsOf(each.Tags))}")];

    public void Dispose() => _listener.Dispose();

    private static string[] WordsOf(IEnumerable<KeyValuePair<string, object?>> tags) =>
        [.. tags.Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal)];
}
