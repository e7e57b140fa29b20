using FieldTrips;

// Each lesson is a file of its own and stands alone: read them in this order, or only the one you need.
(string Title, Func<Task> RunAsync)[] lessons =
[
    ("Nobody leaves until all are back", Join.RunAsync),
    ("One is lost, and all stop", FailFast.RunAsync),
    ("A child that may fail", Optional.RunAsync),
    ("Who can be caught", NestedGroup.RunAsync),
    ("The bus leaves at five", TimeLimit.RunAsync),
    ("We have seen enough", LeavingEarly.RunAsync),
    ("Finish what you have", SoftStop.RunAsync),
    ("Two at a time", BoundedMap.RunAsync),
    ("The first answer wins", Race.RunAsync),
    ("Postcards in order", Streaming.RunAsync),
    ("Ready before we go on", StartSignal.RunAsync),
    ("Who is where", Snapshot.RunAsync),
    ("What nobody awaits", Observer.RunAsync),
];

foreach ((string title, Func<Task> runAsync) in lessons)
{
    Console.WriteLine($"== {title}");
    await runAsync();
}
