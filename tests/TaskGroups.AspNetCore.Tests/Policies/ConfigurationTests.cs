using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>Limits from configuration: what is there holds, what cannot be fails the start and is named by its key.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public async Task AddRequestTaskGroups_WithASection_TakesEverySetting()
    {
        RequestTaskGroupOptions options = await ReadAsync(
            """
            {
              "DefaultTimeout": "00:00:30",
              "MaxChildren": 500,
              "MapEndings": false,
              "ShutdownGrace": "00:00:10.5",
              "DefaultPolicy": { "Timeout": "1.00:00:00", "MaxConcurrency": 16, "MaxWaiting": 64, "ChildStart": "queued" },
              "Policies": {
                "exports": { "Timeout": "infinite", "MaxConcurrency": 4 },
                "search": { "Timeout": "00:00:00.250" }
              }
            }
            """);

        Assert.Equal(TimeSpan.FromSeconds(30), options.DefaultTimeout);
        Assert.Equal(500, options.MaxChildren);
        Assert.False(options.MapEndings);
        Assert.Equal(TimeSpan.FromSeconds(10.5), options.ShutdownGrace);
        RequestTaskGroupPolicy policy = options.DefaultPolicy!;
        Assert.Equal((TimeSpan.FromDays(1), 16, 64, ChildStart.Queued), (
            policy.Timeout, policy.MaxConcurrency, policy.MaxWaiting, policy.ChildStart));
        Assert.Equal(Timeout.InfiniteTimeSpan, options.Policies["Exports"].Timeout);
        Assert.Equal(4, options.Policies["exports"].MaxConcurrency);
        Assert.Null(options.Policies["exports"].MaxWaiting);
        Assert.Equal(TimeSpan.FromMilliseconds(250), options.Policies["search"].Timeout);
    }

    [Theory]
    [InlineData("{ }")]
    [InlineData("""{ "DefaultTimeout": null, "MaxChildren": "", "Policies": {}, "DefaultPolicy": null }""")]
    public async Task AddRequestTaskGroups_WhatTheSectionLeavesOpen_KeepsItsDefault(string json)
    {
        RequestTaskGroupOptions options = await ReadAsync(json);

        Assert.Equal(TimeSpan.FromSeconds(100), options.DefaultTimeout);
        Assert.Equal((null, true, null, null), (options.MaxChildren, options.MapEndings, options.ShutdownGrace, options.DefaultPolicy));
        Assert.Equal("reports", Assert.Single(options.Policies).Key); // the test application's own
    }

    [Fact]
    public async Task AddRequestTaskGroups_WithDeadlinesInTheSection_TakesEverySetting()
    {
        IncomingDeadlineOptions deadline = (await ReadAsync(
            """
            {
              "IncomingDeadline": {
                "IsEnabled": false,
                "TrustedNetworks": [ "10.0.0.0/8", "192.168.1.7", "::1", "fd00::/8" ],
                "HeaderName": "X-Time-Left",
                "ReadEnvoyHeader": true,
                "ReadGrpcTimeout": true,
                "Margin": "00:00:00.005",
                "Minimum": "00:00:01"
              }
            }
            """)).IncomingDeadline;

        Assert.False(deadline.IsEnabled);
        Assert.Equal(["10.0.0.0/8", "192.168.1.7/32", "::1/128", "fd00::/8"], deadline.TrustedNetworks.Select(each => $"{each}"));
        Assert.Equal(("X-Time-Left", true, true), (deadline.HeaderName, deadline.ReadEnvoyHeader, deadline.ReadGrpcTimeout));
        Assert.Equal((TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(1)), (deadline.Margin, deadline.Minimum));
    }

    // Several calls add up, and the last one counts.
    [Fact]
    public async Task AddRequestTaskGroups_WithASectionAndCode_AddsUp()
    {
        RequestTaskGroupOptions options = await ReadAsync(
            """{ "DefaultTimeout": "00:00:30", "MaxChildren": 500, "Policies": { "REPORTS": { "MaxConcurrency": 1 } } }""",
            services => services.AddRequestTaskGroups(options => options.MaxChildren = 600));

        Assert.Equal(TimeSpan.FromSeconds(30), options.DefaultTimeout);
        Assert.Equal(600, options.MaxChildren);
        Assert.Equal(1, Assert.Single(options.Policies).Value.MaxConcurrency);
    }

    [Theory]
    [InlineData("""{ "DefaultTimout": "00:00:30" }""", "DefaultTimout is no setting")]
    [InlineData("""{ "Policies": { "a": { "MaxConcurency": 4 } } }""", "Policies:a:MaxConcurency is no setting")]
    [InlineData("""{ "DefaultPolicy": { "DefaultTimeout": "00:00:30" } }""", "DefaultPolicy:DefaultTimeout is no setting")]
    [InlineData("""{ "Policies": { "a": "00:00:30" } }""", "Policies:a is '00:00:30'. It must be an object")]
    [InlineData("""{ "Policies": "a" }""", "Policies is 'a'. It must be an object")]
    [InlineData("""{ "DefaultTimeout": 30 }""", "DefaultTimeout is '30'. It must be a time such as \"00:00:02\"")]
    [InlineData("""{ "DefaultTimeout": "soon" }""", "DefaultTimeout is 'soon'. It must be a time")]
    [InlineData("""{ "DefaultTimeout": "-00:00:02" }""", "DefaultTimeout is '-00:00:02'. It must be a time")]
    [InlineData("""{ "ShutdownGrace": "50.00:00:00" }""", "ShutdownGrace is '50.00:00:00'. It must be a time")]
    [InlineData("""{ "Policies": { "a": { "Timeout": "2s" } } }""", "Policies:a:Timeout is '2s'. It must be a time")]
    [InlineData("""{ "Policies": { " ": { "Timeout": "00:00:02" } } }""", "Policies:: The name of a policy has 1 to 128 characters")]
    [InlineData("""{ "Policies": { "a\u0007": { "Timeout": "00:00:02" } } }""", "Policies:a: The name of a policy has")]
    [InlineData("""{ "MaxChildren": 0 }""", "MaxChildren is 0. It must be at least 1")]
    [InlineData("""{ "MaxChildren": "many" }""", "MaxChildren")]
    [InlineData("""{ "MapEndings": "perhaps" }""", "MapEndings")]
    [InlineData("""{ "DefaultPolicy": { "ChildStart": "Later" } }""", "DefaultPolicy:ChildStart")]
    [InlineData("""{ "DefaultPolicy": { "ChildStart": 7 } }""", "DefaultPolicy:ChildStart")]
    [InlineData("""{ "DefaultPolicy": { "MaxConcurrency": 0 } }""", "DefaultPolicy:MaxConcurrency is 0. It must be at least 1")]
    [InlineData("""{ "DefaultPolicy": { "MaxWaiting": 3 } }""", "DefaultPolicy:MaxWaiting is 3. It must be at least 0 and set together")]
    [InlineData("""{ "Policies": { "a": { "MaxWaiting": -3 } } }""", "Policies:a:MaxWaiting is -3. It must be at least 0")]
    [InlineData("""{ "IncomingDeadline": { "IsTrusted": true } }""", "IncomingDeadline:IsTrusted is no setting")]
    [InlineData("""{ "IncomingDeadline": true }""", "IncomingDeadline is 'True'. It must be an object")]
    [InlineData("""{ "IncomingDeadline": { "IsEnabled": "perhaps" } }""", "IncomingDeadline:IsEnabled")]
    [InlineData(
        """{ "IncomingDeadline": { "TrustedNetworks": "10.0.0.0/8" } }""",
        "IncomingDeadline:TrustedNetworks is '10.0.0.0/8'. It must be a list: [ \"10.0.0.0/8\" ]")]
    [InlineData("""{ "IncomingDeadline": { "TrustedNetworks": [ "10" ] } }""", "IncomingDeadline:TrustedNetworks:0 is '10'. It must be a")]
    [InlineData(
        """{ "IncomingDeadline": { "TrustedNetworks": [ "::1", "10.0.0.0/33" ] } }""",
        "IncomingDeadline:TrustedNetworks:1 is '10.0.0.0/33'.")]
    [InlineData(
        """{ "IncomingDeadline": { "TrustedNetworks": [ "proxy" ] } }""", "IncomingDeadline:TrustedNetworks:0 is 'proxy'. It must be a")]
    [InlineData("""{ "IncomingDeadline": { "HeaderName": "a b" } }""", "IncomingDeadline:HeaderName is 'a b'. It must be the name")]
    [InlineData("""{ "IncomingDeadline": { "Margin": 20 } }""", "IncomingDeadline:Margin is '20'. It must be a time")]
    [InlineData("""{ "IncomingDeadline": { "Minimum": "00:02:00" } }""", "IncomingDeadline:Minimum is '00:02:00'. It must be a time")]
    public async Task Start_WithAValueThatCannotBe_NamesItsKey(string json, string message)
    {
        await using TestApp test = Build(json);

        Exception error = await Assert.ThrowsAnyAsync<Exception>(() => test.App.StartAsync());

        Assert.Contains($"TaskGroups:Requests:{message}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithSeveralMistakes_NamesThemAll()
    {
        await using TestApp test = Build(
            """{ "DefaultTimout": "1", "MaxChildren": 0, "Policies": { "a": { "Timeout": "2", "MaxConcurrency": 0 } } }""");

        OptionsValidationException error = await Assert.ThrowsAsync<OptionsValidationException>(() => test.App.StartAsync());

        Assert.Equal(4, error.Failures.Count());
    }

    [Theory]
    [InlineData("DefaultTimeout")]
    [InlineData("MaxChildren")]
    [InlineData("Policies[\"slow\"].Timeout")]
    [InlineData("Policies[\"slow\"].ChildStart")]
    public async Task Start_WithBadOptionsOfCode_FailsAndNamesThem(string property)
    {
        await using TestApp test = TestApp.Build((_, _) => { }, builder => builder.Services.AddRequestTaskGroups(options =>
        {
            options.DefaultTimeout = TimeSpan.FromSeconds(-5);
            options.MaxChildren = 0;
            options.AddPolicy("slow", new RequestTaskGroupPolicy { Timeout = TimeSpan.FromSeconds(-5), ChildStart = (ChildStart)7 });
        }));

        OptionsValidationException error = await Assert.ThrowsAsync<OptionsValidationException>(() => test.App.StartAsync());

        Assert.Contains(
            error.Failures, each => each.StartsWith($"RequestTaskGroupOptions.{property} is ", StringComparison.Ordinal));
    }

    [Fact]
    public void NullArguments_AreRefusedByName()
    {
        ServiceCollection services = new();

        Assert.Equal(
            "section", Assert.Throws<ArgumentNullException>(() => services.AddRequestTaskGroups((IConfiguration)null!)).ParamName);
        Assert.Equal("services", Assert.Throws<ArgumentNullException>(
            () => ((IServiceCollection)null!).AddRequestTaskGroups(new ConfigurationBuilder().Build())).ParamName);
    }

    private static async Task<RequestTaskGroupOptions> ReadAsync(string json, Action<IServiceCollection>? then = null)
    {
        await using TestApp test = Build(json, then);
        await test.App.StartAsync().WithWatchdog();
        return test.App.Services.GetRequiredService<IOptions<RequestTaskGroupOptions>>().Value;
    }

    private static TestApp Build(string json, Action<IServiceCollection>? then = null) => TestApp.Build((_, _) => { }, builder =>
    {
        builder.Configuration.AddJsonStream(new MemoryStream(
            System.Text.Encoding.UTF8.GetBytes($$"""{ "TaskGroups": { "Requests": {{json}} } }""")));
        builder.Services.AddRequestTaskGroups(builder.Configuration.GetSection("TaskGroups:Requests"));
        then?.Invoke(builder.Services);
    });
}
