using System.Globalization;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Writes into each request, and into each attempt of a retry, how long the current group waits for the answer. Makes no call for which no
/// time is left.
/// </summary>
internal sealed class OutgoingDeadlineHandler(CurrentGroup current, OutgoingDeadlineOptions options, AllowedHosts hosts)
    : DelegatingHandler
{
    private const double LongestMilliseconds = 99_999_999; // 8 digits

    private static readonly HttpRequestOptionsKey<bool> Written = new("TaskGroups.AspNetCore.Deadline");

    /// <exception cref="TimeoutException">No time is left. In the returned task.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Write(request);
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="TimeoutException">No time is left.</exception>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Write(request);
        return base.Send(request, cancellationToken);
    }

    private void Write(HttpRequestMessage request)
    {
        if (request.Options.TryGetValue(Written, out _))
        {
            request.Headers.Remove(options.HeaderName); // of an attempt before, perhaps at another host
        }

        if (request.RequestUri is not { IsAbsoluteUri: true } address
            || !hosts.Contains(address)
            || current.EarliestLimit is not { } limit)
        {
            return;
        }

        double left = Math.Floor((limit.Left - options.Margin).TotalMilliseconds);
        if (left < 1)
        {
            limit.Group.Cancel(CancellationReason.TimedOut); // it would fire before the answer comes
            throw NothingLeft(request, address, limit.Left, limit.Group);
        }

        request.Headers.Remove(options.HeaderName);
        request.Headers.TryAddWithoutValidation(
            options.HeaderName, Math.Min(left, LongestMilliseconds).ToString("0", CultureInfo.InvariantCulture));
        request.Options.Set(Written, true);
    }

    private TimeoutException NothingLeft(HttpRequestMessage request, Uri address, TimeSpan left, TaskGroup group) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"{request.Method} {address.GetLeftPart(UriPartial.Authority)} was not called: the {group.WordOfLimit} of '{group.Name}' leaves "
            + $"{left.TotalMilliseconds:0} ms, and {options.Margin.TotalMilliseconds:0} ms are for the way "
            + $"({nameof(OutgoingDeadlineOptions)}.{nameof(OutgoingDeadlineOptions.Margin)})."));
}
