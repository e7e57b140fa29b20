using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Reads <see cref="RequestTaskGroupOptions"/> from a configuration section. Every key that is unknown, or whose value cannot be, is an
/// error that names it.
/// </summary>
internal sealed class RequestTaskGroupConfiguration(IConfiguration section) : IConfigureOptions<RequestTaskGroupOptions>
{
    private const string TimeForm = "a time such as \"00:00:02\" or \"1.00:00:00\" (a day), or \"Infinite\"";

    private static readonly string[] PolicyKeys =
    [
        nameof(RequestTaskGroupSection.PolicySection.Timeout),
        nameof(RequestTaskGroupSection.PolicySection.MaxConcurrency),
        nameof(RequestTaskGroupSection.PolicySection.MaxWaiting),
        nameof(RequestTaskGroupSection.PolicySection.ChildStart),
    ];

    private static readonly string[] Keys =
    [
        nameof(RequestTaskGroupSection.DefaultPolicy),
        nameof(RequestTaskGroupSection.Policies),
        nameof(RequestTaskGroupSection.DefaultTimeout),
        nameof(RequestTaskGroupSection.MaxChildren),
        nameof(RequestTaskGroupSection.MapEndings),
        nameof(RequestTaskGroupSection.ShutdownGrace),
        nameof(RequestTaskGroupSection.IncomingDeadline),
    ];

    private readonly List<string> _errors = [];

    /// <exception cref="OptionsValidationException">The section has unknown keys or values that cannot be.</exception>
    /// <exception cref="InvalidOperationException">A value is no number, no Boolean or no name of its kind.</exception>
    public void Configure(RequestTaskGroupOptions options)
    {
        _errors.Clear();
        CheckKeys();
        RequestTaskGroupSection values = section.Get<RequestTaskGroupSection>() ?? new RequestTaskGroupSection();

        options.DefaultTimeout = Time(section, nameof(values.DefaultTimeout), values.DefaultTimeout) ?? options.DefaultTimeout;
        options.ShutdownGrace = Time(section, nameof(values.ShutdownGrace), values.ShutdownGrace) ?? options.ShutdownGrace;
        options.MapEndings = values.MapEndings ?? options.MapEndings;
        options.MaxChildren = values.MaxChildren ?? options.MaxChildren;
        if (values.MaxChildren < 1)
        {
            _errors.Add($"{PathOf(section, nameof(values.MaxChildren))} is {values.MaxChildren}. It must be at least 1.");
        }

        if (values.DefaultPolicy is { } policy)
        {
            options.DefaultPolicy = Policy(section.GetSection(nameof(values.DefaultPolicy)), policy, isComplete: true);
        }

        IConfigurationSection policies = section.GetSection(nameof(values.Policies));
        foreach ((string name, RequestTaskGroupSection.PolicySection named) in values.Policies ?? [])
        {
            IConfigurationSection place = policies.GetSection(name);
            if (GivenName.FindViolation(name, RequestTaskGroupOptions.PolicyKind) is { } violation)
            {
                _errors.Add($"{DisplayName.ForOther(place.Path, "")}: {violation}");
                continue;
            }

            options.AddPolicy(name, Policy(place, named, isComplete: false));
        }

        if (values.IncomingDeadline is { } deadline && options.IncomingDeadline is { TrustedNetworks: not null } set)
        {
            _errors.AddRange(IncomingDeadlineConfiguration.Read(section.GetSection(nameof(values.IncomingDeadline)), deadline, set));
        }

        if (_errors.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(RequestTaskGroupOptions), _errors);
        }
    }

    private void CheckKeys()
    {
        CheckKeys(section, Keys);
        CheckPolicy(section.GetSection(nameof(RequestTaskGroupSection.DefaultPolicy)));

        IConfigurationSection deadline = section.GetSection(nameof(RequestTaskGroupSection.IncomingDeadline));
        CheckHasNoValue(deadline, "{ \"IsEnabled\": false }");
        CheckKeys(deadline, IncomingDeadlineConfiguration.Keys);
        CheckHasNoValue(deadline.GetSection(nameof(IncomingDeadlineOptions.TrustedNetworks)), "[ \"10.0.0.0/8\" ]");

        IConfigurationSection policies = section.GetSection(nameof(RequestTaskGroupSection.Policies));
        CheckHasNoValue(policies);
        foreach (IConfigurationSection policy in policies.GetChildren())
        {
            CheckPolicy(policy);
        }
    }

    private void CheckPolicy(IConfigurationSection policy)
    {
        CheckHasNoValue(policy);
        CheckKeys(policy, PolicyKeys);
    }

    private void CheckHasNoValue(IConfigurationSection place, string example = "{ \"Timeout\": \"00:00:02\" }")
    {
        if (!string.IsNullOrEmpty(place.Value))
        {
            _errors.Add($"{place.Path} is '{place.Value}'. It must be {(example[0] == '[' ? "a list" : "an object")}: {example}.");
        }
    }

    private void CheckKeys(IConfiguration parent, string[] known) => _errors.AddRange(
        from child in parent.GetChildren()
        where !known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)
        select $"{child.Path} is no setting of request groups. Correct its name, or remove it. Known here: {string.Join(", ", known)}.");

    private RequestTaskGroupPolicy Policy(IConfigurationSection place, RequestTaskGroupSection.PolicySection values, bool isComplete)
    {
        var policy = new RequestTaskGroupPolicy
        {
            Timeout = Time(place, nameof(values.Timeout), values.Timeout),
            MaxConcurrency = values.MaxConcurrency,
            MaxWaiting = values.MaxWaiting,
            ChildStart = values.ChildStart,
        };
        _errors.AddRange(
            from each in LimitRules.ViolationsOf(policy, isComplete)
            where each.Property != nameof(policy.Timeout) // said already, with the text that stands there
            select string.Create(
                CultureInfo.InvariantCulture, $"{PathOf(place, each.Property)} is {each.Value}. It must be {each.Range}."));
        return policy;
    }

    private TimeSpan? Time(IConfiguration place, string key, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (text.Equals("Infinite", StringComparison.OrdinalIgnoreCase))
        {
            return Timeout.InfiniteTimeSpan;
        }

        if (text.Contains(':', StringComparison.Ordinal)
            && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time)
            && LimitRules.IsTimeout(time))
        {
            return time;
        }

        _errors.Add($"{PathOf(place, key)} is '{text}'. It must be {TimeForm}, at most 49.7 days.");
        return null;
    }

    private static string PathOf(IConfiguration place, string key) => place.GetSection(key).Path;
}
