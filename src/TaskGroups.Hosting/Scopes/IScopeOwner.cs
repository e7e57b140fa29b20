namespace TaskGroups.Hosting;

/// <summary>
/// Stands behind a group, as <see cref="TaskGroup.Owner"/>, whose scope is opened when it is first used: that of a request. Other owners
/// are the services of their scope themselves.
/// </summary>
internal interface IScopeOwner
{
    /// <summary>The services of the scope; <see langword="null"/> once they are gone.</summary>
    IServiceProvider? Scope { get; }
}
