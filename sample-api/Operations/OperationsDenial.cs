using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace SampleApi;

/// <summary>
/// Answers a request that a policy denies with 403 and what to type. The sample has no users, so it asks for no login.
/// </summary>
internal sealed class OperationsDenial(OperationsAccess access, IProblemDetailsService problems) : IAuthorizationMiddlewareResultHandler
{
    public async Task HandleAsync(
        RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            await next(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = context,
            ProblemDetails =
            {
                Status = StatusCodes.Status403Forbidden,
                Detail = access.HasKey
                    ? $"Send the header {OperationsAccess.Header} with the value of Operations:Key."
                    : "Operations:Key is not set, so this page is closed. Start the program with Operations__Key=... and send the value in "
                        + $"the header {OperationsAccess.Header}.",
            },
        });
    }
}
