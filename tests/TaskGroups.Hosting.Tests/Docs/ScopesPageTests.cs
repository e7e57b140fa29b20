using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>The code that docs/scopes.md shows, with what it is said to do.</summary>
public sealed class ScopesPageTests
{
    // R45
    [Fact]
    public async Task AddChildScopeInitializer_WhenItCopiesTheTenant_ChildrenHaveIt()
    {
        IServiceCollection services = new ServiceCollection().AddTaskGroups().AddScoped<Tenant>().AddScoped<Orders>();

        // <snippet: child-scope-initializer>
        services.AddChildScopeInitializer((parent, child) =>
            child.GetRequiredService<Tenant>().Id = parent.GetRequiredService<Tenant>().Id);
        // </snippet>

        await using ServiceProvider provider = services.BuildServiceProvider();
        await using AsyncServiceScope request = provider.CreateAsyncScope();
        request.ServiceProvider.GetRequiredService<Tenant>().Id = "north";
        string seen = await request.ServiceProvider.GetRequiredService<ITaskGroup>()
            .RunScoped((Orders orders, CancellationToken _) => Task.FromResult(orders.Tenant)).WithWatchdog();
        Assert.Equal("north", seen);
    }

    // R45
    [Fact]
    public async Task RunScoped_WithConfigureScope_GivesBackgroundWorkItsTenant()
    {
        Trail trail = new();
        await using ServiceProvider provider = new ServiceCollection()
            .AddTaskGroups().AddScoped<Tenant>().AddScoped<Receipts>().AddScoped<Checkout>().AddSingleton(trail).BuildServiceProvider();
        await using (AsyncServiceScope request = provider.CreateAsyncScope())
        {
            request.ServiceProvider.GetRequiredService<Tenant>().Id = "north";
            request.ServiceProvider.GetRequiredService<Checkout>().Confirm(7);
        }

        await trail.WaitForAsync("receipt 7 of north").WithWatchdog();
    }

    // What the option says travels; the default group takes no culture over.
    [Fact]
    public async Task Flow_WithCulture_GivesTheChildrenOfThatGroupTheCallersCulture()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);

        // <snippet: flow>
        builder.Services.AddBackgroundTaskGroup("emails", options => options.Flow = BackgroundFlow.TraceLink | BackgroundFlow.Culture);
        // </snippet>

        using IHost host = builder.Build();
        var emails = host.Services.GetRequiredKeyedService<IBackgroundTaskGroup>("emails");
        var other = host.Services.GetRequiredService<IBackgroundTaskGroup>();
        CultureInfo before = CultureInfo.CurrentCulture;
        Task<string> taken, left;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-CH");
            taken = emails.Run(_ => Task.FromResult(CultureInfo.CurrentCulture.Name));
            left = other.Run(_ => Task.FromResult(CultureInfo.CurrentCulture.Name));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        Assert.Equal("de-CH", await taken.WithWatchdog());
        Assert.NotEqual("de-CH", await left.WithWatchdog());
    }

    // R37
    [Fact]
    public async Task RunInScopeAsync_ForAMessage_JoinsWhatItsHandlerStarted()
    {
        Trail trail = new();
        await using ServiceProvider provider = new ServiceCollection()
            .AddTaskGroups().AddScoped<Handler>().AddSingleton<Consumer>().AddSingleton(trail).BuildServiceProvider();

        await provider.GetRequiredService<Consumer>().OnMessageAsync("order 7", CancellationToken.None).WithWatchdog();

        Assert.Equal(["stock of order 7"], trail.Steps);
    }

    // <snippet: configure-scope>
    public sealed class Checkout(IBackgroundTaskGroup background, Tenant tenant)
    {
        public void Confirm(int orderId)
        {
            string id = tenant.Id; // read now: the request's services may be gone when the child begins
            background.RunScoped(
                scope => scope.GetRequiredService<Tenant>().Id = id,
                (Receipts receipts, CancellationToken ct) => receipts.WriteAsync(orderId, ct),
                $"receipt {orderId}");
        }
    }
    // </snippet>

    // <snippet: run-in-scope>
    public sealed class Consumer(ITaskGroupFactory groups)
    {
        public Task OnMessageAsync(string message, CancellationToken cancellationToken) =>
            groups.RunInScopeAsync(
                services => services.GetRequiredService<Handler>().HandleAsync(message),
                cancellationToken: cancellationToken);
    }

    public sealed class Handler(ITaskGroup tasks, Trail trail)
    {
        public Task HandleAsync(string message)
        {
            tasks.Run(async ct =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), ct);
                trail.Add($"stock of {message}");
            });
            return Task.CompletedTask; // the scope ends after the child, and so does the message
        }
    }
    // </snippet>

    public sealed class Tenant
    {
        public string Id { get; set; } = "none";
    }

    public sealed class Orders(Tenant tenant)
    {
        public string Tenant { get; } = tenant.Id;
    }

    public sealed class Receipts(Tenant tenant, Trail trail)
    {
        public Task WriteAsync(int orderId, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            trail.Add($"receipt {orderId} of {tenant.Id}");
            return Task.CompletedTask;
        }
    }
}
