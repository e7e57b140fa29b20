using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace TaskGroups.AspNetCore.Tests;

/// <summary>The code that README.md and the package's README.md show, with what it is said to do.</summary>
public sealed class ReadmeTests
{
    // R14, R28: the optional child fails, the page comes without it.
    [Fact]
    public async Task RunOrDefault_WhenTheOptionalChildFails_AnswersWithTheFallback()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<Catalog>().AddSingleton<Prices>().AddSingleton<Reviews>();

        // <snippet: request-group>
        builder.Services.AddProblemDetails();
        builder.Services.AddRequestTaskGroups();

        WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.UseRequestTaskGroups();

        app.MapGet("/products/{id:int}", async (int id, ITaskGroup tasks, Catalog catalog, Prices prices, Reviews reviews) =>
        {
            Task<Product> product = tasks.Run(ct => catalog.FindAsync(id, ct));
            Task<decimal> price = tasks.Run(ct => prices.GetAsync(id, ct));
            Task<string[]> review = tasks.RunOrDefault(ct => reviews.ForAsync(id, ct), fallback: []);
            return new ProductPage(await product, await price, await review);
        }).WithTaskGroup(TimeSpan.FromSeconds(2));
        // </snippet>

        await using (app)
        {
            await app.StartAsync().WithWatchdog();
            string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            using HttpClient client = new() { BaseAddress = new Uri(address) };

            ProductPage? page = await client.GetFromJsonAsync<ProductPage>("/products/3").WithWatchdog();

            Assert.Equal(new Product(3, "Lamp"), page!.Product);
            Assert.Equal(9.5m, page.Price);
            Assert.Empty(page.Reviews);
        }
    }

    // R33, R35: the request is answered first, and the receipt is written before the application ends.
    [Fact]
    public async Task Background_WhenTheApplicationStops_FinishesWhatARequestHandedOver()
    {
        Gate mayWrite = new();
        Gate writing = new();
        Trail receipts = new();
        await using TestApp test = await TestApp.StartAsync((app, _) =>
        {
            // <snippet: background-endpoint>
            app.MapPost("/orders/{id:int}", (int id, IBackgroundTaskGroup background) =>
            {
                background.Run(ct => WriteReceiptAsync(id, ct), $"receipt {id}");
                return Results.Accepted($"/orders/{id}");
            });
            // </snippet>
        });

        using HttpResponseMessage response = await test.Client.PostAsync("/orders/7", null).WithWatchdog();
        await writing.WaitAsync().WithWatchdog();
        Task stop = test.App.StopAsync();
        mayWrite.Open();
        await stop.WithWatchdog();

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(["receipt 7"], receipts.Steps);

        async Task WriteReceiptAsync(int id, CancellationToken cancellationToken)
        {
            writing.Open();
            await mayWrite.WaitAsync(cancellationToken);
            receipts.Add($"receipt {id}");
        }
    }

    private sealed record Product(int Id, string Name);

    private sealed record ProductPage(Product Product, decimal Price, string[] Reviews);

    private sealed class Catalog
    {
        private readonly string _name = "Lamp";

        public Task<Product> FindAsync(int id, CancellationToken cancellationToken) => Task.FromResult(new Product(id, _name));
    }

    private sealed class Prices
    {
        private readonly decimal _price = 9.5m;

        public Task<decimal> GetAsync(int id, CancellationToken cancellationToken) => Task.FromResult(_price);
    }

    private sealed class Reviews
    {
        private readonly HttpRequestException _broken = new("no reviews");

        public Task<string[]> ForAsync(int id, CancellationToken cancellationToken) => Task.FromException<string[]>(_broken);
    }
}
