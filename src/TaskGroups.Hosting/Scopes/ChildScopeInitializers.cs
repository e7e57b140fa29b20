namespace TaskGroups.Hosting;

/// <summary>
/// Prepares the scopes of the children that one scope starts (R45). A scoped service, one for each parent scope, whose services are for one
/// thread at a time; so the initializers of its children take turns.
/// </summary>
internal sealed class ChildScopeInitializers(IServiceProvider parent, IEnumerable<ChildScopeInitializer> initializers)
{
    private readonly Lock _turn = new();

    /// <summary>Runs every initializer for the scope of one child.</summary>
    /// <exception cref="InvalidOperationException">An initializer failed. The message names it, the child and the group.</exception>
    public void Run(IServiceProvider child, string childName, string groupName)
    {
        // User code runs under this lock (against R25), because the turns are what it is for: no lock of a group is held meanwhile.
        lock (_turn)
        {
            foreach (ChildScopeInitializer initializer in initializers)
            {
                try
                {
                    initializer.Initialize(parent, child);
                }
                catch (Exception failure)
                {
                    throw new InvalidOperationException(
                        $"The child scope initializer '{initializer.Name}' failed for the child '{childName}' of the group '{groupName}': "
                            + $"{failure.Message} The child's work was not invoked. Correct the delegate that was given to "
                            + "AddChildScopeInitializer.",
                        failure);
                }
            }
        }
    }
}
