using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using TaskGroups.Hosting;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>The code that docs/testing.md shows for a whole application, run on the sample.</summary>
public sealed class TestingPageTests
{
    [Fact]
    public async Task Application_InAFactory_DrainsWhenTheFactoryIsDisposed()
    {
        await using var storefront = new Storefront();
        Task<int> receipt = await RunAsync(storefront).WithWatchdog();

        Assert.Equal(7, await receipt.WithWatchdog());

        static async Task<Task<int>> RunAsync(WebApplicationFactory<Program> application)
        {
            // <snippet: test-web-application>
            await using WebApplicationFactory<Program> factory = application.WithWebHostBuilder(builder =>
                builder.ConfigureServices(services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(new FakeTimeProvider()))));
            using HttpClient client = factory.CreateClient();
            using HttpResponseMessage response = await client.GetAsync("/health/live");
            response.EnsureSuccessStatusCode();

            IBackgroundTaskGroup background = factory.Services.GetRequiredService<IBackgroundTaskGroup>();
            Task<int> receipt = background.Run(async _ =>
            {
                await Task.Yield();
                return 7;
            });
            return receipt; // the disposal of the factory drains the group
            // </snippet>
        }
    }
}
