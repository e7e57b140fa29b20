using TaskGroups.Testing;

namespace TaskGroups.Tests;

/// <summary>The exceptions that an observer received because no await throws them (R14).</summary>
internal static class RecordingObserverExtensions
{
    public static IEnumerable<Exception> Unseen(this RecordingObserver observer) =>
        observer.Of<ObserverEvent.ExceptionUnseen>().Select(unseen => unseen.Exception);

    /// <summary>The same, but each exception inside an <see cref="AggregateException"/> by itself.</summary>
    public static Exception[] UnseenOneByOne(this RecordingObserver observer) =>
    [
        .. observer.Unseen()
            .SelectMany(each => each is AggregateException several ? several.Flatten().InnerExceptions.AsEnumerable() : [each]),
    ];
}
