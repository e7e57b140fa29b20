namespace TaskGroups.Benchmarks;

/// <summary>One way to run that many children and wait for them.</summary>
internal sealed record Contender(string Name, Func<int, Task> RunAsync);
