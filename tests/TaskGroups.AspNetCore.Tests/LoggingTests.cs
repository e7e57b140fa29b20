using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>What the log says of requests, under which category, and the table of the docs that lists every line.</summary>
public sealed partial class LoggingTests
{
    /// <summary>The packages that write lines: each has a file of them.</summary>
    private static readonly string[] Packages =
        [.. Directory.EnumerateDirectories(Path.Combine(AppContext.BaseDirectory, "logs")).Select(path => Path.GetFileName(path)!)];

    [Fact]
    public void Table_ListsEveryLineThatThePackagesCanWrite()
    {
        var tables = new Dictionary<string, List<string>>();
        string section = "";
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "logging.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                section = line[3..];
            }
            else if (line.StartsWith("| ", StringComparison.Ordinal) && char.IsDigit(line[2]))
            {
                string[] cells = line.Split('|', StringSplitOptions.TrimEntries);
                (tables.TryGetValue(section, out List<string>? rows) ? rows : tables[section] = [])
                    .Add($"{cells[1]} {cells[2]} {cells[3]} {cells[^2]}");
            }
        }

        Assert.Equal(Packages.Order(StringComparer.Ordinal), tables.Keys.Order(StringComparer.Ordinal));
        foreach (string package in Packages)
        {
            LoggedLine[] lines = [.. LinesOf(Assembly.Load(package))];
            Assert.Equal(lines.Select(line => line.Row), tables[package]);
            Assert.Equal(lines.Select(line => line.Id).Distinct(), lines.Select(line => line.Id));
        }
    }

    [Fact]
    public async Task Category_OfWhatHappensInARequest_IsNotThatOfHosting()
    {
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/fail", async (ITaskGroup group) =>
            await group.RunGroupAsync(
                nested => nested.Run(ct => Task.FromException(new InvalidTimeZoneException())),
                new TaskGroupOptions { Name = "nested" })).WithTaskGroup());

        Assert.Equal(HttpStatusCode.InternalServerError, (await test.Client.GetAsync("/fail").WithWatchdog()).StatusCode);
        await test.FinishedAsync("/fail");

        LogEntry[] lines =
            [.. test.Log.OfTaskGroups().Where(line => line.Properties.ContainsKey("TaskGroup") && !TestApp.IsOfTheMiddleware(line))];
        Assert.Equal(["nested", "GET /fail"], lines.Select(line => line["TaskGroup"]).Distinct());
        Assert.All(lines, line => Assert.Equal("TaskGroups.AspNetCore.Requests", line.Category));
        Assert.All(lines, line => Assert.Equal(LogLevel.Debug, line.Level)); // exception handling logs the failure
    }

    [Fact]
    public async Task Line_OfAnOptionalChildThatFails_HasItsStackAtDebugOnly()
    {
        InvalidTimeZoneException failure = new("no zone");
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", async (ITaskGroup group) =>
            await group.RunOrDefault(ct => Task.FromException<int>(failure), 7, "the zone")).WithTaskGroup());

        Assert.Equal("7", await test.Client.GetStringAsync("/").WithWatchdog());
        await test.FinishedAsync("/");

        LogEntry line = Assert.Single(test.Log.Entries, each => each.Level >= LogLevel.Warning);
        Assert.Equal(("TaskGroups.AspNetCore.Requests", 41, null), (line.Category, line.EventId.Id, line.Exception));
        Assert.Equal(
            ("GET /", "the zone", typeof(InvalidTimeZoneException).FullName, "no zone"),
            (line["TaskGroup"], line["Child"], line["FailureType"], line["FailureMessage"]));
        LogEntry stack = Assert.Single(test.Log.Entries, each => each.Exception == failure);
        Assert.Equal((LogLevel.Debug, 42), (stack.Level, stack.EventId.Id));
    }

    // R14: the log says of no failure that is thrown that it is not
    [Fact]
    public async Task Line_OfARaceThatAllHaveLost_SaysWhichFailureIsNotThrown()
    {
        InvalidTimeZoneException first = new("first"), second = new("second");
        await using TestApp test = await TestApp.StartAsync((app, _) => app.MapGet("/", async (ITaskGroup group) =>
        {
            return await group.RaceAsync(
                ct => Lose(first),
                async ct =>
                {
                    await Task.Yield();
                    return await Lose(second);
                },
                name2: "the slow way");

            static Task<string> Lose(Exception failure) => Task.FromException<string>(failure);
        }).WithTaskGroup());

        Assert.Equal(HttpStatusCode.InternalServerError, (await test.Client.GetAsync("/").WithWatchdog()).StatusCode);
        await test.FinishedAsync("/");

        LogEntry line = Assert.Single(test.Log.OfTaskGroups(LogLevel.Warning));
        Assert.Equal((14, "RaceAsync", "the slow way", second), (line.EventId.Id, line["TaskGroup"], line["Child"], line.Exception));
        Assert.Single(test.Log.Entries, each => each.Level == LogLevel.Error && each.Exception == first);
    }

    private static IEnumerable<LoggedLine> LinesOf(Assembly package) =>
        from type in package.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        let line = method.GetCustomAttribute<LoggerMessageAttribute>()
        where line is not null
        orderby line.EventId
        let level = line.Level == LogLevel.None ? "Information or Warning" : line.Level.ToString()
        select new LoggedLine(line.EventId, $"{line.EventId} `{line.EventName ?? method.Name}` {level} {TextOf(line.Message!)}");

    /// <summary>How the table shows a text: its values without quotation marks and formats, and on one line.</summary>
    private static string TextOf(string message) => Value()
        .Replace(message.Replace("{NewLine}", " ", StringComparison.Ordinal), "`{$1}`")
        .Replace("{{", "{", StringComparison.Ordinal)
        .Replace("}}", "}", StringComparison.Ordinal);

    [GeneratedRegex(@"'?(?<!\{)\{(\w+)(?::[^}]*)?\}'?")]
    private static partial Regex Value();

    private sealed record LoggedLine(int Id, string Row);
}
