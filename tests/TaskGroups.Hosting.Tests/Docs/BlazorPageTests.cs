using Microsoft.Extensions.DependencyInjection;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>What docs/blazor.md says of a circuit, whose scope lives as long as the browser's tab: here a scope made by hand.</summary>
public sealed class BlazorPageTests
{
    // R49
    [Fact]
    public async Task ScopedGroup_AfterAFailure_RefusesWorkForTheRestOfTheCircuit()
    {
        await using ServiceProvider provider = new ServiceCollection().AddTaskGroups().BuildServiceProvider();
        AsyncServiceScope circuit = provider.CreateAsyncScope();
        ITaskGroup tasks = circuit.ServiceProvider.GetRequiredService<ITaskGroup>();

        await Assert.ThrowsAsync<InvalidTimeZoneException>(
            () => tasks.Run(_ => Task.FromException(new InvalidTimeZoneException("no price")), "price"));
        OperationCanceledException refused = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => tasks.Run(_ => Task.CompletedTask, "stock"));

        Assert.Contains("the child 'price' failed", refused.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidTimeZoneException>(refused.InnerException);
        await circuit.DisposeAsync().AsTask().WithWatchdog();
    }

    [Fact]
    public async Task Component_AfterAFailure_LoadsAgain()
    {
        await using ServiceProvider provider =
            new ServiceCollection().AddTaskGroups().AddSingleton<Catalog>().AddScoped<ProductView>().BuildServiceProvider();
        await using AsyncServiceScope circuit = provider.CreateAsyncScope();
        ProductView view = circuit.ServiceProvider.GetRequiredService<ProductView>();

        await view.LoadAsync(0).WithWatchdog();
        Assert.Equal("Product 0 cannot be shown now.", view.Text);

        await view.LoadAsync(7).WithWatchdog();
        Assert.Equal("Lamp 7: 9.5", view.Text);
    }

    [Fact]
    public async Task Component_WhenItIsLeft_CancelsWhatItLoads()
    {
        await using ServiceProvider provider =
            new ServiceCollection().AddTaskGroups().AddSingleton<Catalog>().AddScoped<ProductView>().BuildServiceProvider();
        AsyncServiceScope circuit = provider.CreateAsyncScope();
        ProductView view = circuit.ServiceProvider.GetRequiredService<ProductView>();
        Task loading = view.LoadAsync(Catalog.Hanging);
        await provider.GetRequiredService<Catalog>().Hangs.WaitAsync().WithWatchdog();

        await circuit.DisposeAsync().AsTask().WithWatchdog();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loading.WithWatchdog());
    }

    // <snippet: blazor-component>
    public sealed class ProductView(ITaskGroupFactory groups, Catalog catalog) : IDisposable
    {
        private readonly CancellationTokenSource _left = new();

        public string Text { get; private set; } = "Loading ...";

        public async Task LoadAsync(int id)
        {
            try
            {
                // A group for this one click: what fails in it ends it alone, and the next click has another.
                Text = await groups.RunAsync(
                    async tasks =>
                    {
                        Task<string> name = tasks.Run(ct => catalog.FindNameAsync(id, ct));
                        Task<decimal> price = tasks.Run(ct => catalog.FindPriceAsync(id, ct));
                        return FormattableString.Invariant($"{await name} {id}: {await price}");
                    },
                    cancellationToken: _left.Token);
            }
            catch (HttpRequestException)
            {
                Text = $"Product {id} cannot be shown now.";
            }
        }

        // Blazor calls it when the component is removed and when the circuit ends, not when the host stops.
        public void Dispose()
        {
            _left.Cancel();
            _left.Dispose();
        }
    }
    // </snippet>

    public sealed class Catalog
    {
        public const int Hanging = -1;

        public Gate Hangs { get; } = new();

        public Task<string> FindNameAsync(int id, CancellationToken cancellationToken) =>
            id == 0 ? Task.FromException<string>(new HttpRequestException("no catalog")) : Task.FromResult("Lamp");

        public async Task<decimal> FindPriceAsync(int id, CancellationToken cancellationToken)
        {
            if (id == Hanging)
            {
                Hangs.Open();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return 9.5m;
        }
    }
}
