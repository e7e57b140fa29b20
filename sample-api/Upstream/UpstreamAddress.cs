using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace SampleApi;

/// <summary>Knows where the upstream services are: where the settings say, or else on this very server.</summary>
internal sealed class UpstreamAddress(IOptions<UpstreamOptions> options, IServer server)
{
    public Uri Find() => options.Value.BaseAddress is { } configured
        ? new Uri(configured.AbsoluteUri.TrimEnd('/') + '/')
        : OwnAddress(server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);

    // A server that listens on all interfaces is reached through the loopback one.
    internal static Uri OwnAddress(IEnumerable<string> addresses)
    {
        BindingAddress own = addresses.Select(BindingAddress.Parse).Where(a => !a.IsUnixPipe && !a.IsNamedPipe).OrderBy(a => a.Scheme)
            .FirstOrDefault()
            ?? throw new InvalidOperationException("The server listens on no TCP port yet, so it cannot call itself. Set "
                + "Upstream:BaseAddress, for example Upstream__BaseAddress=http://localhost:5081.");
        string host = own.Host is "+" or "*" or "0.0.0.0" or "[::]" ? "127.0.0.1" : own.Host;
        return new Uri($"{own.Scheme}://{host}:{own.Port}/");
    }
}
