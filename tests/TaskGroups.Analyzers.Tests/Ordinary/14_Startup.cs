using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

// The older hosting style, with explicit routing.
public sealed class Startup(IConfiguration configuration)
{
    public void ConfigureServices(IServiceCollection services)
    {
        services.AddControllers();
        services.AddRequestTaskGroups();
        services.AddSingleton<MailQueue>();
        services.AddSingleton(provider => new CacheWarmer(
            provider.GetRequiredService<IBackgroundTaskGroup>(), configuration["Cache:Url"] ?? ""));
        services.AddScoped<InvoiceQueries>();
        services.AddTransient<RatesClient>();
        services.AddHostedService<MailPump>();
        services.AddHostedService<ReminderWorker>();
    }

    public void Configure(IApplicationBuilder app, IWebHostEnvironment environment)
    {
        if (environment.IsDevelopment())
        {
            app.UseDeveloperExceptionPage();
        }
        else
        {
            app.UseExceptionHandler("/error");
        }

        app.UseStaticFiles();
        app.UseRouting();
        app.UseAuthorization();
        app.UseRequestTaskGroups();
        app.UseEndpoints(endpoints =>
        {
            endpoints.MapControllers().WithTaskGroup();
            endpoints.MapGet("/health", () => Results.Ok());
        });
    }
}

public sealed class CacheWarmer
{
    private readonly IBackgroundTaskGroup _background;

    public CacheWarmer(IBackgroundTaskGroup background, string url)
    {
        _background = background;
        Url = url;
    }

    public string Url { get; }

    public void Warm(HttpClient http) => _background.Run(ct => http.GetAsync(Url, ct));
}
