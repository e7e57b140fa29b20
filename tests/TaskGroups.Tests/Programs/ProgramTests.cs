using FsCheck;
using FsCheck.Fluent;

namespace TaskGroups.Tests;

/// <summary>
/// Random programs of nested groups against a simple model. A failure names the program, made as small as possible, and the seed;
/// <c>TASKGROUPS_SEED="seed,gamma"</c> runs that one again.
/// </summary>
public sealed class ProgramTests
{
    private const int Programs = 1000;

    // R1, R7, R9-R13, R15, R18, R19, R26
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Programs_WhateverTheyDo_EndAsTheModelSays(bool isObserved) =>
        Check(program => VerifyAsync(program, isObserved, ProgramModel.Decide));

    // The model is looked at: with a wrong rule in it the test fails, names a seed, and shrinks the program to the two lines that matter.
    [Fact]
    public void Programs_WhenTheModelIsWrong_FailWithASmallProgramAndItsSeed()
    {
        ProgramGroup? smallest = null;

        Exception failure = Assert.ThrowsAny<Exception>(() => Check(async program =>
        {
            try
            {
                await VerifyAsync(program, isObserved: false, ThatSupervisorsThrow);
            }
            catch (Exception)
            {
                smallest = program;
                throw;
            }
        }));

        Assert.Equal("Supervise/Inline[Run(Fail)]", smallest?.ToString());
        Assert.Contains("Supervise/Inline[Run(Fail)]", failure.Message, StringComparison.Ordinal);
        Assert.Matches(@"\(\d+,\d+\)", failure.Message);
    }

    private static ProgramEnd ThatSupervisorsThrow(ProgramFacts facts)
    {
        ProgramEnd end = ProgramModel.Decide(facts);
        return end with { Failures = new HashSet<Exception>(end.Failures.Union(facts.ChildFailures), ReferenceEqualityComparer.Instance) };
    }

    private static async Task VerifyAsync(ProgramGroup program, bool isObserved, Func<ProgramFacts, ProgramEnd> decide)
    {
        using ProgramRun run = new(program, isObserved);
        await run.RunAsync();
        await ProgramOracle.VerifyAsync(run, program, decide);
    }

    private static void Check(Func<ProgramGroup, Task> verify)
    {
        Config config = Config.QuickThrowOnFailure.WithMaxTest(Programs).WithQuietOnSuccess(true);
        if (Environment.GetEnvironmentVariable("TASKGROUPS_SEED")?.Trim('(', ')').Split(',') is [var seed, var gamma, ..])
        {
            config = config.WithReplay(ulong.Parse(seed, null), ulong.Parse(gamma, null));
        }

        Prop.ForAll(ProgramGenerator.Programs, program => Task.Run(() => verify(program)).GetAwaiter().GetResult()).Check(config);
    }
}
