using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.SignalR;

/// <summary>The group of an invocation, over each transport.</summary>
public sealed class InvocationTests
{
    public static TheoryData<HttpTransportType> Transports =>
        [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Group_OfAnInvocation_IsNamedAfterHubAndMethod(HttpTransportType transport)
    {
        await using TestApp test = await HubApp.StartAsync();
        await using HubConnection client = await test.ConnectAsync(transport);

        Assert.Equal("WorkHub.Name", await client.InvokeAsync<string>("Name").WithWatchdog());
        Assert.Equal("WorkHub.Injected", await client.InvokeAsync<string>("Injected").WithWatchdog());
        test.AssertQuiet();
    }

    // R28
    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Result_WhenAChildIsForgotten_IsSentAfterItHasEnded(HttpTransportType transport)
    {
        await using TestApp test = await HubApp.StartAsync(isGateOpen: false);
        await using HubConnection client = await test.ConnectAsync(transport);
        Task<int> result = client.InvokeAsync<int>("Forget");
        await test.Trail.WaitForAsync("returned").WithWatchdog();
        Assert.Equal("connection", Assert.Single(test.Groups(), group => group.Name == "WorkHub.Forget").Kind);

        HubApp.GateOf(test).Open();
        Assert.Equal(1, await result.WithWatchdog());

        Assert.Equal(["returned", "child ended"], test.Trail.Steps);
        Assert.DoesNotContain(test.Groups(), group => group.Name == "WorkHub.Forget");
        test.AssertQuiet();
    }

    [Theory]
    [InlineData("ForgetFailing")]
    [InlineData("Fail")]
    public async Task Result_WhenAChildFails_IsAnErrorThatIsLoggedOnce(string method)
    {
        await using TestApp test = await HubApp.StartAsync();
        await using HubConnection client = await test.ConnectAsync(HttpTransportType.WebSockets);

        HubException failure = await Assert.ThrowsAsync<HubException>(() => client.InvokeAsync<object>(method)).WithWatchdog();

        Assert.Equal($"An unexpected error occurred invoking '{method}' on the server.", failure.Message);
        LogEntry error = Assert.Single(test.Log.Entries, each => each.Level >= LogLevel.Warning);
        Assert.IsType<FormatException>(error.Exception);
        Assert.StartsWith("Microsoft.AspNetCore.SignalR", error.Category, StringComparison.Ordinal);
        LogEntry line = Assert.Single(test.Log.OfTaskGroups(LogLevel.Information));
        Assert.Equal(($"WorkHub.{method}", "System.FormatException"), (line["TaskGroup"], line["FailureType"]));
        Assert.Null(line.Exception);
    }

    [Fact]
    public async Task Result_WhenAChildThrowsAHubException_TellsTheClient()
    {
        await using TestApp test = await HubApp.StartAsync();
        await using HubConnection client = await test.ConnectAsync(HttpTransportType.WebSockets);

        HubException failure = await Assert.ThrowsAsync<HubException>(() => client.InvokeAsync("Tell")).WithWatchdog();

        Assert.EndsWith("HubException: told", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Limit_OfTheHub_EndsTheInvocationAndTellsTheClient(HttpTransportType transport)
    {
        ManualClock clock = new();
        await using TestApp test = await HubApp.StartAsync(
            hub => hub.WithTaskGroup(TimeSpan.FromSeconds(5)), builder => builder.Services.AddSingleton<TimeProvider>(clock));
        await using HubConnection client = await test.ConnectAsync(transport);
        Task hanging = client.InvokeAsync("Hang");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(TimeSpan.FromSeconds(5));
        HubException failure = await Assert.ThrowsAsync<HubException>(() => hanging).WithWatchdog();

        Assert.EndsWith("HubException: The time limit of the invocation has passed.", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["started", "canceled: TimedOut", "ended"], test.Trail.Steps);
        LogEntry error = Assert.Single(test.Log.Entries, each => each.Level >= LogLevel.Warning);
        Assert.Contains("'hanging'", Assert.IsType<TimeoutException>(error.Exception?.InnerException).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limit_OfTheMethod_IsNearerThanThatOfTheHub()
    {
        ManualClock clock = new();
        await using TestApp test = await HubApp.StartAsync(
            hub => hub.WithTaskGroup(TimeSpan.FromHours(1)), builder => builder.Services.AddSingleton<TimeProvider>(clock));
        await using HubConnection client = await test.ConnectAsync(HttpTransportType.WebSockets);
        Task hanging = client.InvokeAsync("HangLimited");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(TimeSpan.FromSeconds(2));

        await Assert.ThrowsAsync<HubException>(() => hanging).WithWatchdog();
    }

    [Fact]
    public async Task Group_WhenItIsFull_TellsTheClient()
    {
        await using TestApp test = await HubApp.StartAsync(
            hub => hub.WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 1, MaxWaiting = 0 }));
        await using HubConnection client = await test.ConnectAsync(HttpTransportType.WebSockets);

        HubException failure = await Assert.ThrowsAsync<HubException>(() => client.InvokeAsync("Fill")).WithWatchdog();

        Assert.EndsWith("The server has too much work: try again later.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DisableTaskGroup_OnTheHub_LeavesTheJoinToTheScope()
    {
        await using TestApp test = await HubApp.StartAsync(hub => hub.WithTaskGroup(TimeSpan.Zero).DisableTaskGroup(), isGateOpen: false);
        await using HubConnection client = await test.ConnectAsync(HttpTransportType.WebSockets);

        Assert.Equal(1, await client.InvokeAsync<int>("Forget").WithWatchdog());

        Assert.Equal(["returned"], test.Trail.Steps);
        HubApp.GateOf(test).Open();
        await test.Trail.WaitForAsync("child ended").WithWatchdog();
        test.AssertQuiet();
    }

    [Fact]
    public async Task AddTaskGroups_WithoutTheMiddlewareOfRequests_IsEnough()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<Trail>().AddSingleton(new Gate());
        builder.Services.AddSignalR().AddTaskGroups().AddTaskGroups();
        await using WebApplication app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapHub<WorkHub>("/work").WithTaskGroup(TimeSpan.FromSeconds(30));
        await app.StartAsync().WithWatchdog();
        await using HubConnection client = new HubConnectionBuilder().WithUrl($"{app.Urls.First()}/work").Build();
        await client.StartAsync().WithWatchdog();

        Assert.Equal("WorkHub.Name", await client.InvokeAsync<string>("Name").WithWatchdog());
    }

    [Fact]
    public async Task Group_UsedInTheConstructorOfTheHub_IsAnErrorThatSaysWhereToUseIt()
    {
        await using TestApp test = await TestApp.StartAsync(
            (app, _) => app.MapHub<EarlyHub>("/work"), builder => builder.Services.AddSignalR().AddTaskGroups());
        HubConnection client = test.Client(HttpTransportType.WebSockets);

        await client.StartAsync().WithWatchdog();

        LogEntry error = await test.Log.WaitForAsync(each => each.Level == LogLevel.Error).WithWatchdog();
        Assert.Contains("Use it in the method", error.Exception!.Message, StringComparison.Ordinal);
        await client.DisposeAsync();
    }

    [Fact]
    public async Task Group_OfAHubThatAnActivatorOfTheApplicationCreates_IsAnErrorThatSaysWhatToDo()
    {
        await using TestApp test = await HubApp.StartAsync(
            configure: builder => builder.Services.AddScoped<IHubActivator<WorkHub>, OwnActivator>());
        HubConnection client = test.Client(HttpTransportType.WebSockets);

        await client.StartAsync().WithWatchdog();

        LogEntry error = await test.Log.WaitForAsync(each => each.Level == LogLevel.Error).WithWatchdog();
        Assert.Contains("IHubActivator", error.Exception!.Message, StringComparison.Ordinal);
        await client.DisposeAsync();
    }

    public sealed class EarlyHub : Hub
    {
        public EarlyHub(ITaskGroup tasks) => tasks.Run(_ => Task.CompletedTask);
    }

    private sealed class OwnActivator(IServiceProvider services) : IHubActivator<WorkHub>
    {
        public WorkHub Create() => ActivatorUtilities.CreateInstance<WorkHub>(services);

        public void Release(WorkHub hub) => hub.Dispose();
    }
}
