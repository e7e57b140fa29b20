using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace TaskGroups.Analyzers;

/// <summary>The types that the rules look for, resolved once per compilation and shared by all rules. Thread-safe.</summary>
internal sealed class KnownSymbols
{
    private static readonly ConditionalWeakTable<Compilation, KnownSymbols> Resolved = new();

    private readonly ConcurrentDictionary<IMethodSymbol, GroupCallKind> _kinds = new(SymbolEqualityComparer.Default);
    private readonly INamedTypeSymbol? _group;

    private KnownSymbols(Compilation compilation)
    {
        INamedTypeSymbol? Find(string name) => compilation.GetTypeByMetadataName(name);

        _group = Find("TaskGroups.ITaskGroup");
        if (_group is null)
        {
            return;
        }

        TaskGroup = Find("TaskGroups.TaskGroup");
        GroupOptions = Find("TaskGroups.TaskGroupOptions");
        BackgroundGroup = Find("TaskGroups.Hosting.IBackgroundTaskGroup");
        GroupFactory = Find("TaskGroups.Hosting.ITaskGroupFactory");
        Jobs = Find("TaskGroups.Hosting.IJobs") ?? Find("TaskGroups.Jobs.IJobs") ?? Find("TaskGroups.IJobs");
        CancellationToken = Find("System.Threading.CancellationToken");
        CancellationTokenSource = Find("System.Threading.CancellationTokenSource");
        Task = Find("System.Threading.Tasks.Task");
        TaskFactory = Find("System.Threading.Tasks.TaskFactory");
        AsyncEnumerable = Find("System.Collections.Generic.IAsyncEnumerable`1");
        ServiceProvider = Find("System.IServiceProvider");
        ServiceCollection = Find("Microsoft.Extensions.DependencyInjection.IServiceCollection");
        HostedService = Find("Microsoft.Extensions.Hosting.IHostedService");
        DbContext = Find("Microsoft.EntityFrameworkCore.DbContext");
        HttpContext = Find("Microsoft.AspNetCore.Http.HttpContext");
        EndpointRouteBuilder = Find("Microsoft.AspNetCore.Routing.IEndpointRouteBuilder");
        ApplicationBuilder = Find("Microsoft.AspNetCore.Builder.IApplicationBuilder");
        OperationCanceledException = Find("System.OperationCanceledException");
        Exception = Find("System.Exception");
        Awaitables = Present(
            Task,
            Find("System.Threading.Tasks.Task`1"),
            Find("System.Threading.Tasks.ValueTask"),
            Find("System.Threading.Tasks.ValueTask`1"));
        RequestTypes = Present([HttpContext, .. RequestTypeNames.Select(Find)]);
        RequestHandlers = Present([.. RequestHandlerNames.Select(Find)]);
    }

    private static readonly string[] RequestTypeNames =
    [
        "Microsoft.AspNetCore.Http.HttpRequest",
        "Microsoft.AspNetCore.Http.HttpResponse",
        "Microsoft.AspNetCore.Http.ISession",
        "Microsoft.AspNetCore.Http.ConnectionInfo",
        "Microsoft.AspNetCore.Http.WebSocketManager",
        "Microsoft.AspNetCore.Http.IFormFile",
        "Microsoft.AspNetCore.Http.IFormCollection",
        "Microsoft.AspNetCore.Http.IHeaderDictionary",
        "Microsoft.AspNetCore.Http.IQueryCollection",
        "Microsoft.AspNetCore.Http.IRequestCookieCollection",
        "Microsoft.AspNetCore.Http.Features.IFeatureCollection",
        "Microsoft.AspNetCore.SignalR.HubCallerContext",
        "Microsoft.AspNetCore.Mvc.ActionContext",
    ];

    private static readonly string[] RequestHandlerNames =
    [
        "Microsoft.AspNetCore.Mvc.ControllerBase",
        "Microsoft.AspNetCore.Mvc.RazorPages.PageModel",
        "Microsoft.AspNetCore.Mvc.RazorPages.PageBase",
        "Microsoft.AspNetCore.SignalR.Hub",
    ];

    public INamedTypeSymbol Group => _group!;

    public INamedTypeSymbol? TaskGroup { get; }

    public INamedTypeSymbol? GroupOptions { get; }

    public INamedTypeSymbol? BackgroundGroup { get; }

    public INamedTypeSymbol? GroupFactory { get; }

    public INamedTypeSymbol? Jobs { get; }

    public INamedTypeSymbol? CancellationToken { get; }

    public INamedTypeSymbol? CancellationTokenSource { get; }

    public INamedTypeSymbol? Task { get; }

    public INamedTypeSymbol? TaskFactory { get; }

    public INamedTypeSymbol? AsyncEnumerable { get; }

    public INamedTypeSymbol? ServiceProvider { get; }

    public INamedTypeSymbol? ServiceCollection { get; }

    public INamedTypeSymbol? HostedService { get; }

    public INamedTypeSymbol? DbContext { get; }

    public INamedTypeSymbol? HttpContext { get; }

    public INamedTypeSymbol? EndpointRouteBuilder { get; }

    public INamedTypeSymbol? ApplicationBuilder { get; }

    public INamedTypeSymbol? OperationCanceledException { get; }

    public INamedTypeSymbol? Exception { get; }

    /// <summary><c>HttpContext</c> and its parts.</summary>
    public ImmutableArray<INamedTypeSymbol> RequestTypes { get; } = [];

    /// <summary>Base classes of what handles one request: controllers, pages, hubs.</summary>
    public ImmutableArray<INamedTypeSymbol> RequestHandlers { get; } = [];

    private ImmutableArray<INamedTypeSymbol> Awaitables { get; } = [];

    /// <summary>The symbols of a compilation; <see langword="null"/> if it does not use the library.</summary>
    public static KnownSymbols? For(Compilation compilation)
    {
        KnownSymbols symbols = Resolved.GetValue(compilation, static it => new KnownSymbols(it));
        return symbols._group is null ? null : symbols;
    }

    public bool IsGroup(ITypeSymbol? type) => type.Is(Group);

    public bool IsBackgroundGroup(ITypeSymbol? type) => type.Is(BackgroundGroup);

    public bool IsToken(ITypeSymbol? type) => type.IsExactly(CancellationToken);

    /// <summary><c>Task</c>, <c>ValueTask</c>, with a result or without.</summary>
    public bool IsTask(ITypeSymbol? type) => Awaitables.Any(awaitable => type.IsExactly(awaitable));

    public bool IsAsyncEnumerable(ITypeSymbol? type) => type.Is(AsyncEnumerable);

    /// <summary>What a method does with the delegates that it is given: decided by its signature, once per method.</summary>
    public GroupCallKind KindOf(IMethodSymbol method) =>
        _kinds.GetOrAdd((method.ReducedFrom ?? method).OriginalDefinition, declared => GroupMethods.Classify(declared, this));

    private static ImmutableArray<INamedTypeSymbol> Present(params IEnumerable<INamedTypeSymbol?> types) =>
        [.. types.OfType<INamedTypeSymbol>()];
}
