namespace SampleApi;

/// <summary>
/// <c>sample-api --health URL</c>: asks a running sample how it is, for container health checks; the ASP.NET Core images hold no curl.
/// </summary>
internal static class HealthProbe
{
    public static async Task<int> RunAsync(string address)
    {
        using HttpClient http = new() { Timeout = TimeSpan.FromSeconds(3) };
        try
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri(address));
            Console.WriteLine($"{address}: {(int)response.StatusCode}");
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or UriFormatException or InvalidOperationException)
        {
            Console.WriteLine($"{address}: {e.Message}");
            return 1;
        }
    }
}
