namespace SampleApi;

/// <summary>Makes the program start the same way from every folder, with nothing set.</summary>
internal static class StartupOptions
{
    /// <summary>
    /// Started from elsewhere than the project's folder, the settings, the database and the receipts lie beside the program.
    /// </summary>
    public static WebApplicationOptions From(string[] args) => new()
    {
        Args = args,
        ContentRootPath = File.Exists("appsettings.json") ? null : AppContext.BaseDirectory,
    };

    /// <summary>
    /// A default that <c>ASPNETCORE_URLS</c>, <c>ASPNETCORE_HTTP_PORTS</c> and <c>--urls</c> override; <c>Urls</c> in appsettings.json
    /// would override the first two.
    /// </summary>
    public static void UseDefaultUrl(this WebApplicationBuilder builder, string url)
    {
        if (builder.Configuration[WebHostDefaults.ServerUrlsKey] is null && builder.Configuration[WebHostDefaults.HttpPortsKey] is null)
        {
            builder.Configuration[WebHostDefaults.ServerUrlsKey] = url;
        }
    }
}
