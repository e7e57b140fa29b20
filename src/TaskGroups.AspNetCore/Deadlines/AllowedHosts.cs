using System.Buffers;
using System.Collections.Concurrent;

namespace TaskGroups.AspNetCore;

/// <summary>The hosts that an HTTP client tells its deadlines. Thread-safe.</summary>
internal sealed class AllowedHosts(IEnumerable<string> hosts)
{
    // What in an address belongs to other parts of it than host and port, and patterns.
    private static readonly SearchValues<char> OfOtherParts = SearchValues.Create("/\\@?# *");

    private readonly (string Name, int? Port)[] _listed = [.. hosts.Select(Parse).OfType<(string, int?)>()];

    // Few: the addresses that the application configures for one client.
    private readonly ConcurrentDictionary<(string Name, int Port), bool> _baseAddresses = [];

    /// <summary>Whether base addresses count: nothing is listed.</summary>
    public bool NeedsBaseAddress => _listed.Length == 0;

    /// <summary>Reads an entry of <see cref="OutgoingDeadlineOptions.Hosts"/>.</summary>
    /// <returns>A host, and its port if the entry has one; <see langword="null"/> if it is neither.</returns>
    public static (string Name, int? Port)? Parse(string? entry)
    {
        if (string.IsNullOrEmpty(entry)
            || entry.AsSpan().ContainsAny(OfOtherParts)
            || !Uri.TryCreate($"ftp://{entry}", UriKind.Absolute, out Uri? address)) // no port is the default of HTTP
        {
            return null;
        }

        return (address.IdnHost, address.IsDefaultPort && !entry.EndsWith(":21", StringComparison.Ordinal) ? null : address.Port);
    }

    public void Add(Uri baseAddress) => _baseAddresses.TryAdd((baseAddress.IdnHost, baseAddress.Port), true);

    public bool Contains(Uri address)
    {
        if (NeedsBaseAddress)
        {
            return _baseAddresses.ContainsKey((address.IdnHost, address.Port));
        }

        foreach ((string name, int? port) in _listed)
        {
            if (name.Equals(address.IdnHost, StringComparison.OrdinalIgnoreCase) && (port is null || port == address.Port))
            {
                return true;
            }
        }

        return false;
    }
}
