using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>samples/web, the program that README.md shows, as a process of its own.</summary>
public sealed partial class WebSampleTests
{
    // R14, R28, R33: the optional child fails, the page comes without it, and SIGTERM ends the process in order.
    [Fact]
    public async Task Web_AsTheReadmeShowsIt_AnswersAndEndsWithZero()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "web.dll");
        using Process web = Process.Start(
            new ProcessStartInfo("dotnet", [program, "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true })!;
        try
        {
            Trail lines = new();
            Task reading = ReadAsync(web.StandardOutput, lines);
            await lines.WaitForAsync("listens").WithWatchdog();
            string address = lines.Steps.Select(line => Address().Match(line)).First(match => match.Success).Value;
            using HttpClient client = new() { BaseAddress = new Uri(address), Timeout = WatchdogExtensions.Limit };

            Assert.Equal(
                """{"id":3,"price":28.5,"stock":97,"reviews":[]}""", await client.GetStringAsync("/products/3").WithWatchdog());

            using (Process kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -TERM {web.Id}")]))
            {
                await kill.WaitForExitAsync().WithWatchdog();
            }

            await reading.WithWatchdog();
            await web.WaitForExitAsync().WithWatchdog();
            Assert.Equal(0, web.ExitCode);
        }
        finally
        {
            if (!web.HasExited)
            {
                web.Kill();
            }
        }
    }

    private static async Task ReadAsync(StreamReader output, Trail lines)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (Address().IsMatch(line))
            {
                lines.Add("listens");
            }
        }
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
