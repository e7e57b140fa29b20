using System.Globalization;
using System.Net;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests.Deadlines;

/// <summary>
/// Two services in two processes, by the clock of the machine: what the caller has left ends the work of the callee. The caller has 10 s
/// and keeps 8 s for itself, so that the callee's children meet the deadline, and not a caller that has gone, however slow the
/// machine is.
/// </summary>
public sealed class DeadlineProcessTests
{
    [Theory]
    [InlineData("/once", HttpStatusCode.OK, "GatewayTimeout")] // what the callee answers
    [InlineData("/retried", HttpStatusCode.GatewayTimeout, null)] // nothing is left for another attempt
    public async Task Limit_OfTheCaller_EndsTheChildrenOfTheCalleeAndRetriesDoNotMultiplyIt(
        string path, HttpStatusCode expected, string? body)
    {
        await using ServiceProcess callee = await ServiceProcess.StartAsync();
        await using ServiceProcess caller = await ServiceProcess.StartAsync(callee.Client.BaseAddress);

        using HttpResponseMessage answer = await caller.Client.GetAsync(path).WithWatchdog();

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(body ?? "", body is null ? "" : await answer.Content.ReadAsStringAsync());
        await callee.Lines.WaitForAsync("child ended: TimedOut").WithWatchdog();
        await callee.Lines.WaitForAsync(ServiceProcess.CallersDeadline).WithWatchdog();
        Assert.Equal(1, callee.Lines.CountOf("child started")); // whatever the caller retries
        string left = Assert.Single(callee.Lines.Steps, line => line.StartsWith("left: ", StringComparison.Ordinal));
        Assert.InRange(int.Parse(left["left: ".Length..], CultureInfo.InvariantCulture), 1, 1_980);
    }

    // R29: a caller that dies has gone
    [Fact]
    public async Task Caller_WhenItsProcessIsKilled_CancelsTheChildrenOfTheCallee()
    {
        await using ServiceProcess callee = await ServiceProcess.StartAsync();
        await using ServiceProcess caller = await ServiceProcess.StartAsync(callee.Client.BaseAddress);
        Task<string> answer = caller.Client.GetStringAsync("/patient");
        await callee.Lines.WaitForAsync("child started").WithWatchdog();

        await caller.KillAsync();

        await callee.Lines.WaitForAsync("child ended: CallerCanceled").WithWatchdog();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer).WithWatchdog();
        Assert.DoesNotContain(callee.Lines.Steps, line => line.StartsWith("warn", StringComparison.Ordinal));
        Assert.DoesNotContain(callee.Lines.Steps, line => line.StartsWith("fail", StringComparison.Ordinal));
    }
}
