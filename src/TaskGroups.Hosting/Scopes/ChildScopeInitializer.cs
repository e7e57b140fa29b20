namespace TaskGroups.Hosting;

/// <summary>One registration of <c>AddChildScopeInitializer</c>. They run in the order of their registration.</summary>
/// <param name="Initialize">Copies from the scope that started a child (first) to the child's scope (second).</param>
/// <param name="Name">What messages call the initializer: the text of the delegate.</param>
internal sealed record ChildScopeInitializer(Action<IServiceProvider, IServiceProvider> Initialize, string Name);
