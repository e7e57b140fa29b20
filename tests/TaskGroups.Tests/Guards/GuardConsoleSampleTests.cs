using System.Diagnostics;
using System.Text.RegularExpressions;
using TaskGroups.Testing;

namespace TaskGroups.Tests;

public sealed partial class GuardConsoleSampleTests
{
    // Numbers are times here and there; everything else is the same in each run.
    private const string Expected = """
        == Nobody leaves until all are back
        All are back on the bus. Ada saw the dinosaurs, Ben saw the planets.
        == One is lost, and all stop
        All stop: Ben is lost.
        == A child that may fail
        nobody guides us, but we have a map.
        == Who can be caught
        No boat today: the boat leaks. The trip goes on.
        Canceled: None.
        == The bus leaves at five
        The task group 'field trip' was canceled by its timeout of # s. Running then: 'Ben' (# s).
        == We have seen enough
        The museum is closed; we go home.
        == Finish what you have
        Ada finished her drawing: True. Canceled: None.
        == Two at a time
        Tickets in the order of the children: #, #, #, #, #. Never more than two inside: True.
        == The first answer wins
        The shortest way is across the square; the other search was canceled and has ended.
        == Postcards in order
        Postcard #
        Postcard #
        Postcard #
        == Ready before we go on
        The radio is on: channel #.
        == Who is where
        Group field trip: Running
          Child Ada: Running
          Group boat: Running
            Child Ben: Running
        == What nobody awaits
        Ben Failed.
        Ben lost a shoe, and nobody asked.
        Ada Succeeded.
        """;

    [Fact]
    public async Task ConsoleSample_WhenItRuns_PrintsWhatEachLessonShows()
    {
        using Process sample = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "console.dll")])
        {
            RedirectStandardOutput = true,
        })!;
        string output = await sample.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WithWatchdog();
        await sample.WaitForExitAsync(TestContext.Current.CancellationToken).WithWatchdog();

        Assert.Equal(Expected.ReplaceLineEndings("\n"), Numbers().Replace(output.ReplaceLineEndings("\n").TrimEnd(), "#"));
        Assert.Equal(0, sample.ExitCode);
    }

    [GeneratedRegex(@"\d+([.,]\d+)?")]
    private static partial Regex Numbers();
}
