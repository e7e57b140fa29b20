namespace TaskGroups.Hosting;

/// <summary>Knows scopes whose group somebody else owns and joins: the scope of a request.</summary>
internal interface IScopeGroupResolver
{
    /// <summary>Finds the group that serves a scope. Called once for a scope, when its group is first asked for.</summary>
    /// <param name="scope">What <see cref="GroupServices.ScopeOf"/> gives.</param>
    /// <returns>The group; <see langword="null"/> if the scope is to have one of its own.</returns>
    TaskGroup? Find(object scope);
}
