using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authorization;

namespace SampleApi;

/// <summary>
/// Who may open the pages of the operators: in development everyone, elsewhere a request whose header <c>X-Operations-Key</c> holds
/// <c>Operations:Key</c>.
/// </summary>
internal sealed class OperationsAccess(IConfiguration configuration, IHostEnvironment environment)
{
    /// <summary>The name of the authorization policy.</summary>
    public const string Policy = "operations";

    public const string Header = "X-Operations-Key";

    private readonly string? _key = configuration["Operations:Key"];

    public bool HasKey => !string.IsNullOrWhiteSpace(_key);

    public bool IsGranted(HttpRequest request) => environment.IsDevelopment() || (HasKey && Holds(request, _key!));

    private static bool Holds(HttpRequest request, string key) =>
        request.Headers[Header] is [{ } given]
            // The time that it takes tells nothing of the key.
            && CryptographicOperations.FixedTimeEquals(Hash(given), Hash(key));

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}

internal static class OperationsExtensions
{
    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddSingleton<OperationsAccess>().AddSingleton<IAuthorizationMiddlewareResultHandler, OperationsDenial>();
        services.AddAuthorizationBuilder().AddPolicy(OperationsAccess.Policy, policy => policy.RequireAssertion(context =>
            context.Resource is HttpContext http
                && http.RequestServices.GetRequiredService<OperationsAccess>().IsGranted(http.Request)));
        return services;
    }
}
