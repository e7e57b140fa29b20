namespace TaskGroups.Tests;

/// <summary>What 100,000 children of one group do, and what ends it.</summary>
public enum StressMix
{
    AllSucceed,
    FailFastAllFail,
    CollectAllAllFail,
    SuperviseAllFail,
    FailFastEveryTenthFails,
    CollectAllEveryTenthFails,
    SuperviseEveryTenthFails,
    CanceledInTheMiddle,
    CallerCancelsInTheMiddle,
    TimesOutInTheMiddle,
}
