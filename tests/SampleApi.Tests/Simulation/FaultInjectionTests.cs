using System.Net;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>Faults reach the calls of the request that asks for them, and no other call.</summary>
public sealed class FaultInjectionTests : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _upstream;
    private readonly IHttpContextAccessor _requests;
    private readonly RecordedCalls _calls = new();

    public FaultInjectionTests()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddTaskGroups();
        builder.Services.AddFaultInjection();
        _app = builder.Build();
        _requests = _app.Services.GetRequiredService<IHttpContextAccessor>();
        FaultInjectionHandler handler = _app.Services.GetRequiredService<FaultInjectionHandler>();
        handler.InnerHandler = _calls;
        _upstream = new HttpMessageInvoker(handler);
    }

    [Theory]
    [InlineData("?slow=prices:1500&break=stock", "prices", "?delayMs=1500")]
    [InlineData("?slow=prices:1500&break=stock", "stock", "?fail=true")]
    [InlineData("?slow=prices:1500&break=stock", "reviews", "")]
    [InlineData("?slow=stock:5&break=stock,prices", "stock", "?delayMs=5&fail=true")]
    [InlineData("", "prices", "")]
    public async Task SendAsync_InARequest_AsksTheServiceForItsFaults(string query, string upstream, string expected)
    {
        _requests.HttpContext = RequestWith(query);

        await CallAsync(upstream).WithWatchdog();

        Assert.Equal($"http://upstreams/base/upstream/{upstream}/7{expected}", Assert.Single(_calls.Addresses));
    }

    [Fact]
    public async Task SendAsync_WhenTheRequestIsSentAgain_AsksForTheSameFaults()
    {
        _requests.HttpContext = RequestWith("?slow=prices:5");
        using HttpRequestMessage request = new(HttpMethod.Get, "http://upstreams/upstream/prices/7");

        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage _ = await _upstream.SendAsync(request, CancellationToken.None).WithWatchdog();
        }

        Assert.Equal(Enumerable.Repeat("http://upstreams/upstream/prices/7?delayMs=5", 2), _calls.Addresses);
    }

    [Fact]
    public async Task SendAsync_InBackgroundWorkOfTheRequest_AsksForNoFault()
    {
        await _app.StartAsync().WithWatchdog();
        _requests.HttpContext = RequestWith("?break=prices");

        await _app.Services.GetRequiredService<IBackgroundTaskGroup>().Run(_ => CallAsync("prices")).WithWatchdog();

        Assert.Equal("http://upstreams/base/upstream/prices/7", Assert.Single(_calls.Addresses));
    }

    // The server empties the accessor when the request ends; what flowed out of the request sees that.
    [Fact]
    public async Task SendAsync_InWorkThatOutlivesItsRequest_AsksForNoFault()
    {
        Gate requestEnded = new();
        _requests.HttpContext = RequestWith("?break=prices");
        Task late = Task.Run(async () =>
        {
            await requestEnded.WaitAsync();
            await CallAsync("prices");
        });

        _requests.HttpContext = null;
        requestEnded.Open();
        await late.WithWatchdog();

        Assert.Equal("http://upstreams/base/upstream/prices/7", Assert.Single(_calls.Addresses));
    }

    public async ValueTask DisposeAsync()
    {
        _upstream.Dispose();
        await _app.DisposeAsync();
    }

    private static DefaultHttpContext RequestWith(string query)
    {
        DefaultHttpContext context = new() { Request = { QueryString = new QueryString(query) } };
        Assert.True(Faults.TryParse(context.Request.Query, out Faults faults, out _));
        context.Features.Set(faults);
        return context;
    }

    private async Task CallAsync(string upstream)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"http://upstreams/base/upstream/{upstream}/7");
        using HttpResponseMessage _ = await _upstream.SendAsync(request, CancellationToken.None);
    }

    private sealed class RecordedCalls : HttpMessageHandler
    {
        public List<string> Addresses { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Addresses.Add(request.RequestUri!.AbsoluteUri);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        }
    }
}
