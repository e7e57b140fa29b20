using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Hosting;

namespace TaskGroups.AspNetCore;

/// <summary>
/// Tells whether <see cref="ITaskGroup"/> is what this package registered, and nothing between a request and its container can change that.
/// </summary>
internal sealed class ScopeRegistration(IServiceCollection services, GroupServices container)
{
    /// <summary>
    /// <see langword="false"/> if the application registered an <see cref="ITaskGroup"/> of its own, as tests may do, or uses another
    /// container,
    /// whose scopes may be more than providers of services.
    /// </summary>
    public bool IsOurs { get; } =
        container.IsBuiltIn
        && ReferenceEquals(
            services.LastOrDefault(each => each.ServiceType == typeof(ITaskGroup) && !each.IsKeyedService)?
                .ImplementationFactory, ScopedTaskGroup.Factory);
}
