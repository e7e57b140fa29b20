namespace TaskGroups.Tests;

/// <summary>What a group notes of its failures and of its soft signal.</summary>
public sealed class ExtrasTests
{
    private readonly Extras _extras = new(GroupSettings.Default);
    private readonly InvalidDataException _first = new("first"), _second = new("second"), _third = new("third");

    // R12, R15: the await throws the first, nobody sees the others
    [Fact]
    public void Record_WhileSomebodyAwaitsTheGroup_GivesTheNewFailuresButTheFirst()
    {
        Assert.Null(_extras.Failures);
        Assert.Empty(_extras.Record([]));
        Assert.Equal([_second], _extras.Record([_first, _second, _first]));
        Assert.Equal([_third], _extras.Record([_second, _third]));
        Assert.Equal([_first, _second, _third], _extras.Failures);
    }

    // R15
    [Fact]
    public void Record_WhenNobodyWillAwaitTheGroup_GivesThemAll()
    {
        Assert.Null(_extras.Forsake());
        Assert.Equal([_first, _second], _extras.Record([_first, _second]));
    }

    // R15
    [Fact]
    public void Forsake_WhenAFailureIsThereAlready_GivesTheOneThatAnAwaitWouldHaveThrown()
    {
        _extras.Record([_first, _second]);
        Assert.Same(_first, _extras.Forsake());
        Assert.Equal([_third], _extras.Record([_third]));
    }

    // R21: a group that somebody kept roots neither its failures nor its timeout
    [Fact]
    public void Forget_WhenTheOutcomeHoldsThem_LetsGoOfFailuresAndTimeout()
    {
        _extras.Record([_first]);
        _extras.Timeout = new TimeoutException();
        _extras.Forget();
        Assert.Null(_extras.Failures);
        Assert.Null(_extras.Timeout);
    }

    // R5: whoever asks for the soft signal before or after the stop
    [Fact]
    public void Stop_WhenCalledTwice_IsTheFirstOnceAndGivesTheSourceThatSomebodyHas()
    {
        Assert.False(_extras.IsStopped);
        Assert.False(_extras.Stopping.IsCancellationRequested);
        Assert.Equal((true, _extras.Stopping), _extras.Stop());
        Assert.Equal((false, _extras.Stopping), _extras.Stop());
        Assert.True(_extras.IsStopped);
    }

    // R5
    [Fact]
    public void Stopping_WhenFirstAskedForAfterTheStop_HasFired()
    {
        Assert.Equal((true, null), _extras.Stop());
        Assert.True(_extras.Stopping.IsCancellationRequested);
    }
}
