namespace TaskGroups.Tests;

/// <summary>What a group keeps of its failures.</summary>
public sealed class FailureListTests
{
    // R12: the body that awaits a failed child throws the same object; a canceled task may make a new exception for each await
    [Fact]
    public void Add_WhenAFailureIsKnown_AddsItOnce()
    {
        FailureList failures = new();
        InvalidDataException failure = new();
        Task canceled = Task.FromCanceled(new CancellationToken(true));
        TaskCanceledException first = new(canceled), second = new(canceled);
        Assert.True(failures.Add(failure));
        Assert.False(failures.Add(failure));
        Assert.True(failures.Add(first));
        Assert.False(failures.Add(second));
        Assert.Equal([failure, first], failures.All);
    }
}
