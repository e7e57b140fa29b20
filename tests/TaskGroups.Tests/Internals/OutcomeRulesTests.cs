namespace TaskGroups.Tests;

/// <summary>The table of R18, row by row, and what a failure does under each policy (R9, R13).</summary>
public sealed class OutcomeRulesTests
{
    // R18: a failure, else what cut work short, else the value
    [Fact]
    public void Decide_WhenAFailureWasRecorded_FailsWhateverElseHappened() =>
        Assert.All(Enum.GetValues<CancellationReason>(), reason => Assert.All(
            new[] { (false, false), (false, true), (true, false), (true, true) },
            it => Assert.Equal(GroupDecision.Fail, OutcomeRules.Decide(hasFailed: true, it.Item1, reason, it.Item2))));

    // R18
    [Theory]
    [InlineData(CancellationReason.TimedOut, nameof(GroupDecision.TimeOut))]
    [InlineData(CancellationReason.CallerCanceled, nameof(GroupDecision.CancelByCaller))]
    [InlineData(CancellationReason.HostStopping, nameof(GroupDecision.CancelByCaller))]
    public void Decide_WhenWorkWasCutShort_SaysByWhat(CancellationReason reason, string decision)
    {
        Assert.Equal(decision, OutcomeRules.Decide(false, wasCutShort: true, reason, hasValue: true).ToString());
        Assert.Equal(decision, OutcomeRules.Decide(false, wasCutShort: true, reason, hasValue: false).ToString());
    }

    // R18, R19: if everything finished, the result stands, whatever canceled the group
    [Theory]
    [InlineData(CancellationReason.None)]
    [InlineData(CancellationReason.Requested)]
    [InlineData(CancellationReason.ChildFailed)]
    [InlineData(CancellationReason.CallerCanceled)]
    [InlineData(CancellationReason.TimedOut)]
    [InlineData(CancellationReason.HostStopping)]
    public void Decide_WhenNothingWasCutShort_YieldsTheValueIfThereIsOne(CancellationReason reason)
    {
        Assert.Equal(GroupDecision.Succeed, OutcomeRules.Decide(false, wasCutShort: false, reason, hasValue: true));
        Assert.Equal(GroupDecision.CancelByGroup, OutcomeRules.Decide(false, wasCutShort: false, reason, hasValue: false));
    }

    // R18: Cancel is no failure, but a body that it left without a value has none to give
    [Theory]
    [InlineData(CancellationReason.None)]
    [InlineData(CancellationReason.Requested)]
    public void Decide_WhenTheGroupCutItsOwnWorkShort_YieldsTheValueIfThereIsOne(CancellationReason reason)
    {
        Assert.Equal(GroupDecision.Succeed, OutcomeRules.Decide(false, wasCutShort: true, reason, hasValue: true));
        Assert.Equal(GroupDecision.CancelByGroup, OutcomeRules.Decide(false, wasCutShort: true, reason, hasValue: false));
    }

    // R9, R13
    [Theory]
    [InlineData(FailurePolicy.FailFast, true, true, true)]
    [InlineData(FailurePolicy.CollectAll, true, false, false)]
    [InlineData(FailurePolicy.Supervise, false, false, true)]
    public void Policy_OfEachKind_SaysWhatAFailureDoes(FailurePolicy policy, bool records, bool childCancels, bool bodyCancels) =>
        Assert.Equal(
            (records, childCancels, bodyCancels),
            (OutcomeRules.RecordsChildren(policy), OutcomeRules.CancelsGroup(policy, false), OutcomeRules.CancelsGroup(policy, true)));
}
