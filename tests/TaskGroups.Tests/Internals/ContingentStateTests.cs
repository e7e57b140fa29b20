namespace TaskGroups.Tests;

/// <summary>What a group notes of its failures and of its soft signal.</summary>
public sealed class ContingentStateTests
{
    private readonly ContingentState _state = new();
    private readonly InvalidDataException _first = new("first"), _second = new("second"), _third = new("third");

    // R12, R15: the await throws the first
    [Fact]
    public void Record_WhileTheGroupIsAwaited_GivesTheNewFailuresAndThatTheFirstIsThrown()
    {
        Assert.Null(_state.Failures);
        Assert.Empty(_state.Record([]).New);
        AssertRecords([_first, _second], true, [_first, _second, _first]);
        AssertRecords([_third], false, [_second, _third]);
        Assert.Equal([_first, _second, _third], _state.Failures);
        Assert.False(_state.IsFirstFailureUnseen);
    }

    // R15
    [Fact]
    public void Record_WhenNoCodeAwaitsTheGroup_SaysThatNoneIsThrown()
    {
        _state.MarkUnobserved();
        Assert.False(_state.IsFirstFailureUnseen);
        AssertRecords([_first, _second], false, [_first, _second]);
    }

    // R15: the first was reported as one that an await throws
    [Fact]
    public void MarkUnobserved_WhenAFailureIsThereAlready_SaysThatItIsUnseen()
    {
        _state.Record([_first, _second]);
        _state.MarkUnobserved();
        Assert.True(_state.IsFirstFailureUnseen);
        AssertRecords([_third], false, [_third]);
    }

    // R21: a group that is kept roots neither its failures nor its timeout
    [Fact]
    public void Forget_WhenTheOutcomeHoldsThem_LetsGoOfFailuresAndTimeout()
    {
        _state.Record([_first]);
        _state.Timeout = new TimeoutException();
        _state.Forget();
        Assert.Null(_state.Failures);
        Assert.Null(_state.Timeout);
    }

    // R5: code that asks for the soft signal before or after the stop
    [Fact]
    public void Stop_WhenCalledTwice_IsTheFirstOnceAndGivesTheSourceInUse()
    {
        Assert.False(_state.IsStopped);
        Assert.False(_state.GetOrCreateStopping().IsCancellationRequested);
        Assert.Equal((true, _state.GetOrCreateStopping()), _state.Stop());
        Assert.Equal((false, _state.GetOrCreateStopping()), _state.Stop());
        Assert.True(_state.IsStopped);
    }

    // R5
    [Fact]
    public void GetOrCreateStopping_WhenFirstAskedForAfterTheStop_HasFired()
    {
        Assert.Equal((true, null), _state.Stop());
        Assert.True(_state.GetOrCreateStopping().IsCancellationRequested);
    }

    private void AssertRecords(Exception[] expected, bool isFirstThrown, Exception[] failures)
    {
        (IReadOnlyList<Exception> recorded, bool isThrown) = _state.Record(failures);
        Assert.Equal(expected, recorded);
        Assert.Equal(isFirstThrown, isThrown);
    }
}
