using System.Collections.Concurrent;
using System.Net;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>Clients that order and look at pages until the server refuses them.</summary>
internal sealed class DeployLoad(Uri address, int enough)
{
    private const int OrderClients = 4;
    private const int PageClients = 2;

    private readonly ConcurrentBag<int> _accepted = [];
    private readonly ConcurrentBag<string> _unexpected = [];
    private readonly Gate _enoughAccepted = new(Math.Max(1, enough));

    public IReadOnlyCollection<int> Accepted => _accepted;

    public IReadOnlyCollection<string> Unexpected => _unexpected;

    public Task EnoughAccepted => enough == 0 ? Task.CompletedTask : _enoughAccepted.WaitAsync();

    public async Task RunAsync()
    {
        using HttpClient http = new() { BaseAddress = address };
        await Task.WhenAll(
        [
            .. Enumerable.Range(1, OrderClients).Select(_ => RepeatAsync(product => OrderAsync(http, product))),
            .. Enumerable.Range(1, PageClients).Select(_ => RepeatAsync(product => LookAsync(http, product))),
        ]);
    }

    private static async Task RepeatAsync(Func<int, Task> askAsync)
    {
        try
        {
            for (int product = 1; ; product++)
            {
                await askAsync((product % SampleData.ProductCount) + 1);
            }
        }
        catch (HttpRequestException)
        {
            // The server has stopped accepting.
        }
    }

    private async Task OrderAsync(HttpClient http, int product)
    {
        using HttpResponseMessage response = await http.PostAsJsonAsync("/orders", new { productId = product, quantity = 1 });
        if (response.StatusCode == HttpStatusCode.Accepted)
        {
            _accepted.Add((await response.Content.ReadFromJsonAsync<PlacedOrder>(Storefront.Json))!.Id);
            _enoughAccepted.Open();
        }
        else if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
        {
            _unexpected.Add($"POST /orders: {response.StatusCode}");
        }
    }

    private async Task LookAsync(HttpClient http, int product)
    {
        using HttpResponseMessage response = await http.GetAsync($"/products/{product}");
        // On a busy machine a page may reach its limit of 2 s.
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.GatewayTimeout or HttpStatusCode.ServiceUnavailable))
        {
            _unexpected.Add($"GET /products/{product}: {response.StatusCode}");
        }
    }
}
