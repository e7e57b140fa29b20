using System.Net;
using System.Reflection;
using Microsoft.Extensions.Logging;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>What the log says of requests, under which category, and the table of the docs that lists every line.</summary>
public sealed class LoggingTests
{
    [Fact]
    public void Table_ListsEveryLineThatThePackagesCanWrite()
    {
        string[] table =
        [
            .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "logging.md"))
                .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.Contains('`') && char.IsDigit(line[2]))
                .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
                .Select(cells => $"{cells[1]} {cells[2]} {cells[3]}"),
        ];
        string[] hosting = [.. LinesOf(typeof(GroupLoggers).Assembly)];
        string[] requests = [.. LinesOf(typeof(RequestTaskGroupsMiddleware).Assembly)];

        Assert.Equal([.. hosting, .. requests], table);
        foreach (string[] package in new[] { hosting, requests })
        {
            string[] ids = [.. package.Select(line => line.Split(' ')[0])];
            Assert.NotEmpty(ids);
            Assert.Equal(ids.Distinct(), ids);
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

        LogEntry[] lines = [.. test.Log.OfTaskGroups().Where(line => line.Properties.ContainsKey("TaskGroup"))];
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

    private static IEnumerable<string> LinesOf(Assembly package) =>
        from method in package.GetType($"{package.GetName().Name}.Log", throwOnError: true)!
            .GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        let line = method.GetCustomAttribute<LoggerMessageAttribute>()
        where line is not null
        orderby line.EventId
        select $"{line.EventId} `{line.EventName ?? method.Name}` "
            + (line.Level == LogLevel.None ? "Information or Warning" : line.Level.ToString());
}
