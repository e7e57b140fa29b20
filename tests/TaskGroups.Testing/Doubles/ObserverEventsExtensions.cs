namespace TaskGroups.Testing;

/// <summary>Checks what must hold for the events of any group, whatever a test did with it.</summary>
public static class ObserverEventsExtensions
{
    /// <summary>Throws unless every group's events are complete and in a possible order.</summary>
    public static void Verify(this IReadOnlyList<ObserverEvent> events)
    {
        foreach (IGrouping<ITaskGroup, ObserverEvent> ofGroup in events.GroupBy(each => each.Group))
        {
            Verify(ofGroup.Key.Name, [.. ofGroup]);
        }
    }

    private static void Verify(string group, ObserverEvent[] events)
    {
        Require(events[0] is ObserverEvent.GroupOpened, "begins with GroupOpened");
        Require(events.Count(each => each is ObserverEvent.GroupOpened) == 1, "opens once");
        Require(events[^1] is ObserverEvent.GroupCompleted, "ends with GroupCompleted");
        Require(events.Count(each => each is ObserverEvent.GroupCompleted) == 1, "completes once");
        Require(events.Count(each => each is ObserverEvent.GroupCanceled) <= 1, "is canceled at most once");
        Require(
            events.OfType<ObserverEvent.GroupCanceled>().All(each => each.TokenHasFired),
            "reports its cancellation after the token has fired");
        Require(
            events.OfType<ObserverEvent.ChildStarted>().Select(each => each.Name).Order(StringComparer.Ordinal)
                .SequenceEqual(events.OfType<ObserverEvent.ChildCompleted>().Select(each => each.Name).Order(StringComparer.Ordinal)),
            "reports each child's start and end");
        Require(
            events.OfType<ObserverEvent.ChildCompleted>()
                .All(each => each.Outcome == ChildOutcome.Failed == each.Exception is not null && each.Elapsed >= TimeSpan.Zero),
            "gives exactly its failed children an exception");
        Require(
            events.OfType<ObserverEvent.ExceptionUnseen>().All(unseen => unseen.Child is null
                || events.OfType<ObserverEvent.ChildCompleted>()
                    .Any(ended => ended.Name == unseen.Child && ended.Outcome == ChildOutcome.Failed)),
            "reports an unseen failure of a child also as that child's end");

        void Require(bool holds, string rule)
        {
            if (!holds)
            {
                throw new InvalidOperationException(
                    $"Expected: a group {rule}. '{group}' reported:\n{string.Join('\n', events.Select(each => each.ToString()))}");
            }
        }
    }
}
