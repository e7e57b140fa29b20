using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>samples/worker as a process of its own.</summary>
public sealed partial class WorkerSampleTests
{
    // R33, R35: every order that was handled is confirmed before the process ends
    // A second signal changes nothing.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Worker_WhenItGetsSigterm_FinishesWhatItHasAndEndsWithZero(int signals)
    {
        using Process worker = Process.Start(
            new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "worker.dll")]) { RedirectStandardOutput = true })!;
        try
        {
            Trail lines = new();
            Task reading = ReadAsync(worker.StandardOutput, lines);
            await lines.WaitForAsync("has confirmed").WithWatchdog();

            string terminate = string.Create(CultureInfo.InvariantCulture, $"kill -TERM {worker.Id}");
            using (Process kill = Process.Start("/bin/sh", ["-c", string.Join("; ", Enumerable.Repeat(terminate, signals))]))
            {
                await kill.WaitForExitAsync().WithWatchdog();
            }

            await reading.WithWatchdog();
            await worker.WaitForExitAsync().WithWatchdog();
            string all = string.Join(Environment.NewLine, lines.Steps);
            Match summary = Summary().Match(all);
            Assert.True(summary.Success, all);
            Assert.Equal(summary.Groups["handled"].Value, summary.Groups["confirmed"].Value);
            Assert.NotEqual("0", summary.Groups["handled"].Value);
            Assert.DoesNotContain("fail:", all, StringComparison.Ordinal);
            Assert.DoesNotContain("warn:", all, StringComparison.Ordinal);
            Assert.DoesNotContain("Not finished", all, StringComparison.Ordinal);
            Assert.Equal(0, worker.ExitCode);
        }
        finally
        {
            if (!worker.HasExited)
            {
                worker.Kill();
            }
        }
    }

    private static async Task ReadAsync(StreamReader output, Trail lines)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (Progress().IsMatch(line))
            {
                lines.Add("has confirmed");
            }
        }
    }

    [GeneratedRegex(@"\d+ orders handled, [1-9]\d* confirmed;")]
    private static partial Regex Progress();

    [GeneratedRegex(@"(?<handled>\d+) orders were handled, (?<confirmed>\d+) confirmations were sent\.")]
    private static partial Regex Summary();
}
