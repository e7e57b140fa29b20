using System.Diagnostics;
using System.Text.Json;

namespace SampleApi;

internal static class UpstreamCall
{
    /// <summary>Calls an upstream service. Its failures become <see cref="UpstreamException"/>; a cancellation stays what it is.</summary>
    public static async Task<TAnswer> GetFromUpstreamAsync<TAnswer>(
        this HttpClient http,
        string upstream,
        int productId,
        CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            using HttpResponseMessage response = await http.GetAsync($"upstream/{upstream}/{productId}", cancellationToken);
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadFromJsonAsync<TAnswer>(cancellationToken) ?? throw new JsonException("The answer is null.");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
        {
            throw new UpstreamException(upstream, Stopwatch.GetElapsedTime(started), e);
        }
    }
}
