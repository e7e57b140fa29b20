using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>Takes the deadlines that callers send in headers. What it cannot read, or may not trust, it ignores and counts (R39).</summary>
internal sealed class IncomingDeadlines(
    IOptions<RequestTaskGroupOptions> options, ApplicationGroups application, GroupMetrics metrics, ILogger<IncomingDeadlines> logger)
{
    private const string EnvoyHeader = "x-envoy-expected-rq-timeout-ms";
    private const string GrpcHeader = "grpc-timeout";
    private const int MaxDigits = 8;

    private readonly SafeLogger _logger = new(logger);

    /// <summary>Whether any caller may set a deadline.</summary>
    public bool AreTaken => Options is { IsEnabled: true } taken && (taken.IsTrusted is not null || taken.TrustedNetworks.Count > 0);

    // Not before the first use: the options are read and validated when the application starts.
    private IncomingDeadlineOptions Options => options.Value.IncomingDeadline;

    /// <summary>The deadline that was taken of a request; <see langword="null"/> if none was.</summary>
    public CallersDeadline? Of(IFeatureCollection features) => AreTaken ? features.Get<CallersDeadline>() : null;

    /// <summary>Takes the deadline of a request, if it has one that can be read and trusted.</summary>
    /// <returns>Why the request is to be answered at once; <see langword="null"/>: it goes on.</returns>
    public TimeoutException? Receive(HttpContext context)
    {
        if (context.Features.Get<CallersDeadline>() is not null || Read(context) is not { } deadline)
        {
            return null; // an error page does not get the caller's time a second time
        }

        TimeSpan limit = deadline - Options.Margin;
        if (deadline < Options.Minimum || limit <= TimeSpan.Zero)
        {
            return new TimeoutException(string.Create(
                CultureInfo.InvariantCulture,
                $"The caller of '{EndpointName.OfRequest(context.GetEndpoint())}' waits "
                    + $"{deadline.TotalMilliseconds:0.###} ms more, too little to begin (IncomingDeadlineOptions.Minimum: "
                    + $"{Options.Minimum.TotalMilliseconds:0.###} ms, Margin: {Options.Margin.TotalMilliseconds:0.###} ms)."));
        }

        context.Features.Set(new CallersDeadline(limit, application.TimeProvider.GetTimestamp()));
        return null;
    }

    private TimeSpan? Read(HttpContext context)
    {
        IHeaderDictionary headers = context.Request.Headers;
        StringValues own = headers[Options.HeaderName];
        StringValues envoy = Options.ReadEnvoyHeader ? headers[EnvoyHeader] : default;
        StringValues grpc = Options.ReadGrpcTimeout ? headers[GrpcHeader] : default;
        if (own.Count + envoy.Count + grpc.Count == 0)
        {
            return null;
        }

        if (!IsOfTrustedNetwork(context.Connection.RemoteIpAddress) && Options.IsTrusted?.Invoke(context) != true)
        {
            Ignore("untrusted");
            return null;
        }

        return Earlier(
            Earlier(Read(own, ReadMilliseconds), Read(envoy, ReadMilliseconds)),
            Read(grpc, ReadGrpcTimeout));
    }

    private bool IsOfTrustedNetwork(IPAddress? caller)
    {
        // A server that listens on IPv6 sees callers of IPv4 as mapped addresses.
        IPAddress? address = caller is { IsIPv4MappedToIPv6: true } ? caller.MapToIPv4() : caller;
        return address is not null && Options.TrustedNetworks.Any(network => network.Contains(address));
    }

    private TimeSpan? Read(StringValues values, Func<string, TimeSpan?> read)
    {
        switch (values.Count)
        {
            case 0:
                return null;
            case 1 when read(values[0] ?? "") is { } deadline:
                return deadline;
            default:
                Ignore(values.Count == 1 ? "malformed" : "repeated");
                return null;
        }
    }

    private void Ignore(string why)
    {
        metrics.DeadlineIgnored(why);
        _logger.DeadlineIgnored(why);
    }

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => other is null || one <= other ? one : other;

    private static TimeSpan? ReadMilliseconds(string text) =>
        ReadDigits(text) is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;

    // The form of gRPC over HTTP/2: digits and a unit.
    private static TimeSpan? ReadGrpcTimeout(string text) =>
        text.Length > 0 && ReadDigits(text.AsSpan(..^1)) is { } count && TicksOf(text[^1]) is { } ticks
            ? TimeSpan.FromTicks((long)(count * ticks))
            : null;

    private static decimal? TicksOf(char unit) => unit switch
    {
        'H' => TimeSpan.TicksPerHour,
        'M' => TimeSpan.TicksPerMinute,
        'S' => TimeSpan.TicksPerSecond,
        'm' => TimeSpan.TicksPerMillisecond,
        'u' => TimeSpan.TicksPerMicrosecond,
        'n' => 1m / TimeSpan.NanosecondsPerTick,
        _ => null,
    };

    private static int? ReadDigits(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxDigits && !text.ContainsAnyExceptInRange('0', '9')
            ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
            : null;
}
