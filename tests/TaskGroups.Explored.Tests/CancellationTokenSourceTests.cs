using Real = System.Threading.CancellationTokenSource;

namespace TaskGroups.Explored;

/// <summary>What the controlled source takes for granted of the real one.</summary>
public sealed class CancellationTokenSourceTests
{
    [Fact]
    public async Task CancelAsync_WithoutCallbacks_HasNothingToWaitFor()
    {
        using Real source = new();

        Task telling = source.CancelAsync();

        Assert.True(telling.IsCompletedSuccessfully);
        await telling;
    }

    [Fact]
    public async Task CancelAsync_WithCallbacks_SetsTheFlagAndTellsTheLastFirst()
    {
        using Real source = new();
        List<string> told = [];
        using ManualResetEventSlim goesOn = new();
        source.Token.Register(() => told.Add("first"));
        source.Token.Register(() => throw new ExploredException("second"));
        source.Token.Register(() =>
        {
            goesOn.Wait();
            told.Add("third");
        });

        Task telling = source.CancelAsync();

        Assert.True(source.IsCancellationRequested);
        Assert.False(telling.IsCompleted);
        goesOn.Set();
        AggregateException thrown = await Assert.ThrowsAsync<AggregateException>(() => telling);
        Assert.Equal(["third", "first"], told);
        Assert.Equal("second", Assert.Single(thrown.InnerExceptions).Message);
    }
}
