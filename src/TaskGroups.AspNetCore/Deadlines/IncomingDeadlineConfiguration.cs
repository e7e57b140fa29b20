using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Reads <see cref="IncomingDeadlineOptions"/> from their part of the section of request groups. The predicate is code, and has no key.
/// </summary>
internal static class IncomingDeadlineConfiguration
{
    public static string[] Keys { get; } =
    [
        nameof(IncomingDeadlineOptions.IsEnabled),
        nameof(IncomingDeadlineOptions.TrustedNetworks),
        nameof(IncomingDeadlineOptions.HeaderName),
        nameof(IncomingDeadlineOptions.ReadEnvoyHeader),
        nameof(IncomingDeadlineOptions.ReadGrpcTimeout),
        nameof(IncomingDeadlineOptions.Margin),
        nameof(IncomingDeadlineOptions.Minimum),
    ];

    /// <summary>Sets what the section says.</summary>
    /// <param name="section">The section.</param>
    /// <param name="values">What it holds.</param>
    /// <param name="options">The options, with what was set before.</param>
    /// <returns>What cannot be, each with its key.</returns>
    public static IEnumerable<string> Read(
        IConfigurationSection section, RequestTaskGroupSection.IncomingDeadlineSection values, IncomingDeadlineOptions options)
    {
        List<string> errors = [];
        options.IsEnabled = values.IsEnabled ?? options.IsEnabled;
        options.ReadEnvoyHeader = values.ReadEnvoyHeader ?? options.ReadEnvoyHeader;
        options.ReadGrpcTimeout = values.ReadGrpcTimeout ?? options.ReadGrpcTimeout;
        options.Margin = Time(section.GetSection(nameof(values.Margin)), errors) ?? options.Margin;
        options.Minimum = Time(section.GetSection(nameof(values.Minimum)), errors) ?? options.Minimum;
        if (!string.IsNullOrEmpty(values.HeaderName))
        {
            options.HeaderName = values.HeaderName;
            if (!DeadlineRules.IsHeaderName(values.HeaderName))
            {
                errors.Add($"{section.GetSection(nameof(values.HeaderName)).Path} is '{values.HeaderName}'. It must be the name of a "
                    + $"header, such as {DeadlineRules.HeaderName}.");
            }
        }

        foreach (IConfigurationSection entry in section.GetSection(nameof(options.TrustedNetworks)).GetChildren())
        {
            if (NetworkOf(entry.Value) is { } network)
            {
                options.TrustedNetworks.Add(network);
            }
            else
            {
                errors.Add($"{entry.Path} is '{entry.Value}'. It must be a network such as \"10.0.0.0/8\" or an address such as \"::1\".");
            }
        }

        return errors;
    }

    private static IPNetwork? NetworkOf(string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (IPNetwork.TryParse(text, out IPNetwork network))
        {
            return network;
        }

        // Numbers alone would be read as an address as well.
        return (text.Contains(':', StringComparison.Ordinal) || text.Count(each => each == '.') == 3)
            && IPAddress.TryParse(text, out IPAddress? address)
                ? new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
                : null;
    }

    private static TimeSpan? Time(IConfigurationSection entry, List<string> errors)
    {
        if (string.IsNullOrEmpty(entry.Value))
        {
            return null;
        }

        if (entry.Value.Contains(':', StringComparison.Ordinal)
            && TimeSpan.TryParse(entry.Value, CultureInfo.InvariantCulture, out TimeSpan time)
            && DeadlineRules.IsTime(time))
        {
            return time;
        }

        errors.Add($"{entry.Path} is '{entry.Value}'. It must be a time such as \"00:00:00.020\", at most 60 seconds.");
        return null;
    }
}
