using System.Buffers;
using System.Globalization;

namespace TaskGroups.AspNetCore;

/// <summary>What deadlines have by default, and which settings of them can be.</summary>
internal static class DeadlineRules
{
    public const string HeaderName = "X-Request-Timeout-Ms";

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    // What HTTP allows in the name of a header.
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public static TimeSpan Margin { get; } = TimeSpan.FromMilliseconds(20);

    public static IEnumerable<string> ViolationsOf(IncomingDeadlineOptions? options)
    {
        const string Place = $"{nameof(RequestTaskGroupOptions)}.{nameof(RequestTaskGroupOptions.IncomingDeadline)}";
        return options is null
            ? [$"{Place} is null. Leave it out: without a trusted caller, no deadline is taken."]
            : ((string?[])
            [
                NameViolation(Place, options.HeaderName),
                TimeViolation($"{Place}.{nameof(options.Margin)}", options.Margin),
                TimeViolation($"{Place}.{nameof(options.Minimum)}", options.Minimum),
                options.TrustedNetworks is null
                    ? $"{Place}.{nameof(options.TrustedNetworks)} is null. Leave it out, or add networks: IPNetwork.Parse(\"10.0.0.0/8\")."
                    : null,
            ]).OfType<string>();
    }

    public static IEnumerable<string> ViolationsOf(OutgoingDeadlineOptions options)
    {
        const string Place = nameof(OutgoingDeadlineOptions);
        IEnumerable<string?> hosts = options.Hosts is null
            ? [$"{Place}.{nameof(options.Hosts)} is null. Leave it out, or name hosts: options.Hosts.Add(\"prices.internal\")."]
            : options.Hosts.Where(static host => AllowedHosts.Parse(host) is null).Select(static host =>
                $"{Place}.{nameof(options.Hosts)} has '{host}'. It must be a host, or a host and a port, without scheme or path: "
                    + "options.Hosts.Add(\"prices.internal\") or options.Hosts.Add(\"prices.internal:8080\").");
        return ((string?[])
        [
            NameViolation(Place, options.HeaderName),
            TimeViolation($"{Place}.{nameof(options.Margin)}", options.Margin),
            .. hosts,
        ]).OfType<string>();
    }

    public static bool IsHeaderName(string? name) =>
        !string.IsNullOrEmpty(name) && !name.AsSpan().ContainsAnyExcept(NameCharacters);

    public static bool IsTime(TimeSpan value) => value >= TimeSpan.Zero && value <= Longest;

    private static string? NameViolation(string place, string? name) => IsHeaderName(name)
        ? null
        : $"{place}.HeaderName is '{name}'. It must be the name of a header, such as {HeaderName}.";

    private static string? TimeViolation(string property, TimeSpan value) => IsTime(value)
        ? null
        : string.Create(
            CultureInfo.InvariantCulture, $"{property} is {value}. It must be between zero and 60 seconds: TimeSpan.FromMilliseconds(20).");
}
