using Grpc.Core;
using Microsoft.Extensions.Logging;
using TaskGroups.AspNetCore;
using TaskGroups.Testing;

namespace TaskGroups.Grpc.Tests;

/// <summary>Calls of every kind, behind the middleware of requests and without it: what the client is told, and what is logged.</summary>
public sealed class CallTests
{
    public static TheoryData<CallKind, bool> Kinds
    {
        get
        {
            TheoryData<CallKind, bool> kinds = [];
            foreach (CallKind kind in Enum.GetValues<CallKind>())
            {
                kinds.Add(kind, true);
                kinds.Add(kind, false);
            }

            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Call_ThatEndsNormally_HasOneGroupNamedAfterItsMethod(CallKind kind, bool hasMiddleware)
    {
        await using GrpcApp test = await GrpcApp.StartAsync(hasMiddleware, isGateOpen: false);
        Task<string> call = test.Client.CallAsync(kind, "forgets");
        await test.Trail.WaitForAsync("returned").WithWatchdog();

        Assert.Equal($"Greeter/{kind}", Assert.Single(test.Groups).Name);
        test.Gate.Open();
        Assert.Equal("forgets", await call.WithWatchdog());

        Assert.Equal(["returned", "child ended"], test.Trail.Steps);
        await test.FinishedAsync();
        Assert.Empty(test.Groups);
        test.AssertQuiet();
    }

    // Once it arrived as Unknown, HTTP 500.
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Call_WhenAChildThrowsAnRpcException_EndsWithIt(CallKind kind, bool hasMiddleware)
    {
        await using GrpcApp test = await GrpcApp.StartAsync(hasMiddleware);

        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => test.Client.CallAsync(kind, "not-found")).WithWatchdog();

        Assert.Equal(new Status(StatusCode.NotFound, "no such order"), failure.Status);
        Assert.Equal("7", failure.Trailers.GetValue("order"));
        await test.FinishedAsync();
        test.AssertQuiet();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Call_WhenAForgottenChildFails_EndsWithUnknownAndOneError(CallKind kind, bool hasMiddleware)
    {
        await using GrpcApp test = await GrpcApp.StartAsync(hasMiddleware);

        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => test.Client.CallAsync(kind, "forgets-failing"))
            .WithWatchdog();

        Assert.Equal(StatusCode.Unknown, failure.StatusCode);
        await test.FinishedAsync();
        Assert.IsType<FormatException>(Assert.Single(test.Log.Entries, each => each.Level >= LogLevel.Warning).Exception);
        LogEntry line = Assert.Single(test.Log.OfTaskGroups(LogLevel.Information));
        Assert.Equal("System.FormatException", line["FailureType"]);
        Assert.StartsWith("{ await gate.WaitAsync", (string)line["Child"]!, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Call_WhenItsGroupIsFull_EndsWithResourceExhausted(CallKind kind, bool hasMiddleware)
    {
        await using GrpcApp test = await GrpcApp.StartAsync(
            hasMiddleware, service => service.WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 1, MaxWaiting = 0 }));

        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => test.Client.CallAsync(kind, "full")).WithWatchdog();

        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
        await test.FinishedAsync();
        Assert.Single(test.Log.Entries, each => each.Level >= LogLevel.Warning);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Call_WhenThePolicysLimitPasses_EndsWithDeadlineExceeded(CallKind kind, bool hasMiddleware)
    {
        ManualClock clock = new();
        await using GrpcApp test = await GrpcApp.StartAsync(
            hasMiddleware,
            service => service.WithTaskGroup(TimeSpan.FromSeconds(5)),
            builder => builder.Services.AddSingleton<TimeProvider>(clock));
        Task<string> call = test.Client.CallAsync(kind, "hangs");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        clock.Advance(TimeSpan.FromSeconds(5));
        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => call).WithWatchdog();

        Assert.Equal(new Status(StatusCode.DeadlineExceeded, "The time limit of the call has passed."), failure.Status);
        Assert.Equal(["started", "canceled: TimedOut", "ended"], test.Trail.Steps);
        await test.FinishedAsync();
        LogEntry warning = Assert.Single(test.Log.Entries, each => each.Level >= LogLevel.Warning);
        Assert.Contains("'hanging'", warning.Message, StringComparison.Ordinal);
    }

    // R30: a unary call is awaited at once, a stream is not.
    [Theory]
    [InlineData(CallKind.SayHello, true)]
    [InlineData(CallKind.Watch, false)]
    public async Task Call_WithoutALimit_HasTheDefaultOneIfItIsUnary(CallKind kind, bool isLimited)
    {
        await using GrpcApp test = await GrpcApp.StartAsync();

        double left = double.Parse(await test.Client.CallAsync(kind, "time").WithWatchdog(), null);

        Assert.Equal(isLimited, left is > 0 and <= 100_000);
    }

    [Fact]
    public async Task Call_WithADeadline_HasItAsItsLimit()
    {
        await using GrpcApp test = await GrpcApp.StartAsync(hasMiddleware: true);

        HelloReply reply = await test.Client.SayHelloAsync(
            new HelloRequest { Ending = "time" }, deadline: DateTime.UtcNow.AddSeconds(20)).ResponseAsync.WithWatchdog();

        Assert.InRange(double.Parse(reply.Text, null), 1, 20_000);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Call_WhenItsDeadlinePasses_EndsWithDeadlineExceededAndIsTimedOut(CallKind kind, bool hasMiddleware)
    {
        await using GrpcApp test = await GrpcApp.StartAsync(hasMiddleware);

        RpcException failure = await Assert.ThrowsAsync<RpcException>(
            () => test.Client.CallAsync(kind, "hangs", new CallOptions(deadline: DateTime.UtcNow.AddSeconds(2)))).WithWatchdog();

        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
        await test.Trail.WaitForAsync("ended").WithWatchdog();
        await test.FinishedAsync();
        Assert.Empty(test.Groups);
        Assert.DoesNotContain(test.Log.Entries, each => each.Level >= LogLevel.Error);
    }

    // R29
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Client_WhenItCancels_CancelsTheChildrenAndIsNoError(CallKind kind, bool hasMiddleware)
    {
        await using GrpcApp test = await GrpcApp.StartAsync(hasMiddleware, isGateOpen: false);
        using CancellationTokenSource leave = new();
        Task<string> call = test.Client.CallAsync(kind, "hangs", new CallOptions(cancellationToken: leave.Token));
        await test.Trail.WaitForAsync("started").WithWatchdog();

        await leave.CancelAsync();
        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => call).WithWatchdog();
        await test.Trail.WaitForAsync("canceled: CallerCanceled").WithWatchdog();
        test.Gate.Open();
        await test.FinishedAsync();

        Assert.Equal(StatusCode.Cancelled, failure.StatusCode);
        Assert.Equal(["started", "canceled: CallerCanceled", "ended"], test.Trail.Steps);
        Assert.Empty(test.Groups);
        test.AssertQuiet();
    }

    // R33
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Application_WhenItStopsAndTheWorkObeys_AnswersUnavailable(CallKind kind, bool hasMiddleware)
    {
        await using GrpcApp test = await GrpcApp.StartAsync(hasMiddleware);
        Task<string> call = test.Client.CallAsync(kind, "obeys");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        Task stopping = test.App.StopAsync();
        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => call).WithWatchdog();
        await stopping.WithWatchdog();

        Assert.Equal(new Status(StatusCode.Unavailable, "The server stops."), failure.Status);
        test.AssertQuiet();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Application_WhenItStopsAndTheGraceIsOver_AnswersUnavailable(CallKind kind, bool hasMiddleware)
    {
        await using GrpcApp test = await GrpcApp.StartAsync(
            hasMiddleware,
            configure: builder => builder.Services.Configure<RequestTaskGroupOptions>(options => options.ShutdownGrace = TimeSpan.Zero));
        Task<string> call = test.Client.CallAsync(kind, "hangs");
        await test.Trail.WaitForAsync("started").WithWatchdog();

        Task stopping = test.App.StopAsync();
        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => call).WithWatchdog();
        await stopping.WithWatchdog();

        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Contains("canceled: HostStopping", test.Trail.Steps);
        Assert.DoesNotContain(test.Log.Entries, each => each.Level >= LogLevel.Error);
    }

    // The middleware joins then: it writes nothing over a status, and a response that has begun is aborted.
    [Theory]
    [InlineData("forgets-failing", StatusCode.Internal, 1)]
    [InlineData("not-found", StatusCode.NotFound, 0)]
    public async Task DisableTaskGroup_BehindTheMiddleware_JoinsAfterTheAnswer(string ending, StatusCode expected, int errors)
    {
        await using GrpcApp test = await GrpcApp.StartAsync(
            hasMiddleware: true, service => service.WithTaskGroup(TimeSpan.Zero).DisableTaskGroup(), isGateOpen: false);
        Task<string> call = test.Client.CallAsync(CallKind.SayHello, ending);
        if (errors > 0)
        {
            await test.Log.WaitForAsync(each => each.EventId.Name == "SendingMessage").WithWatchdog();
            test.Gate.Open();
        }

        RpcException failure = await Assert.ThrowsAsync<RpcException>(() => call).WithWatchdog();

        Assert.Equal(expected, failure.StatusCode);
        await test.FinishedAsync();
        Assert.Equal(errors, test.Log.Entries.Count(each => each.Level >= LogLevel.Warning));
    }
}
