using System.Collections.Concurrent;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Gives the HTTP clients with <c>AddTaskGroupDeadline()</c> their handler: after all other configuration, so that it is the innermost and
/// its header is written for each attempt of a retry.
/// </summary>
internal sealed class OutgoingDeadlineSetup(
    IOptionsMonitor<OutgoingDeadlineOptions> options, CurrentGroup current, ILogger<OutgoingDeadlineHandler> logger)
    : IPostConfigureOptions<HttpClientFactoryOptions>
{
    private readonly SafeLogger _logger = new(logger);
    private readonly ConcurrentDictionary<string, bool> _warned = []; // handlers are made again from time to time

    public void PostConfigure(string? name, HttpClientFactoryOptions client)
    {
        OutgoingDeadlineOptions deadline = options.Get(name);
        if (!deadline.IsAdded)
        {
            return;
        }

        var hosts = new AllowedHosts(deadline.Hosts);
        if (hosts.NeedsBaseAddress)
        {
            client.HttpClientActions.Add(http => hosts.Add(http.BaseAddress ?? throw NamesNoHost(name)));
        }

        client.HttpMessageHandlerBuilderActions.Add(builder =>
        {
            if (deadline.AllowRedirects || !FollowsRedirects(builder.PrimaryHandler))
            {
                builder.AdditionalHandlers.Add(new OutgoingDeadlineHandler(current, deadline, hosts));
            }
            else if (_warned.TryAdd(name ?? "", true))
            {
                _logger.NoDeadlineOverRedirects(name ?? "");
            }
        });
    }

    private static InvalidOperationException NamesNoHost(string? name) => new(
        $"AddTaskGroupDeadline() does not know which hosts the HTTP client '{name}' may tell its deadlines. Set its address where it is "
            + "registered: .ConfigureHttpClient(http => http.BaseAddress = new Uri(\"https://prices.internal/\")); or list hosts: "
            + ".AddTaskGroupDeadline(deadline => deadline.Hosts.Add(\"prices.internal\")).");

    // What a handler of another kind does with redirects is not known.
    private static bool FollowsRedirects(HttpMessageHandler handler) => handler switch
    {
        SocketsHttpHandler sockets => sockets.AllowAutoRedirect,
        HttpClientHandler client => client.AllowAutoRedirect,
        DelegatingHandler { InnerHandler: { } inner } => FollowsRedirects(inner),
        _ => true,
    };
}
