using Serilog;
using TaskGroups;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>The scopes of groups and children, as Serilog shows them.</summary>
public sealed class LogScopeTests
{
    [Theory, InlineData(ChildStart.Inline), InlineData(ChildStart.Queued)]
    public async Task Line_InAChild_HasTheNamesOfTheChildAndItsGroup(ChildStart childStart)
    {
        using RecordingLogger log = new();
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddSerilog(logger => logger.WriteTo.Sink(new RecordingSink(log)));
        builder.Services.AddTaskGroups();

        // <snippet: log-scopes>
        builder.Services.Configure<TaskGroupsTelemetryOptions>(options => options.LogScopes = true);
        // </snippet>
        using IHost host = builder.Build();
        ILogger<LogScopeTests> logger = host.Services.GetRequiredService<ILogger<LogScopeTests>>();

        await host.Services.GetRequiredService<ITaskGroupFactory>().RunAsync(
            async group =>
            {
                Task child = group.Run(
                    async ct =>
                    {
                        await Task.Yield();
                        Say("in the child");
                    },
                    "the child");
                Say("in the body");
                await child;
            },
            new TaskGroupOptions { Name = "prices", ChildStart = childStart }).WithWatchdog();
        Say("outside");

        Assert.Equal(("prices", "the child"), NamesOf("in the child"));
        Assert.Equal(("prices", null), NamesOf("in the body"));
        Assert.Equal((null, null), NamesOf("outside"));

        void Say(string what) => logger.Log(LogLevel.Information, default, what, null, (text, _) => text);

        (object?, object?) NamesOf(string message)
        {
            LogEntry line = Assert.Single(log.Entries, each => each.Message == message);
            return (line["TaskGroup"], line["Child"]);
        }
    }
}
