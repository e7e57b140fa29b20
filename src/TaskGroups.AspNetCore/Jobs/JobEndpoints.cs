using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using TaskGroups.Jobs;

namespace TaskGroups.AspNetCore;

/// <summary>Answers the requests of <c>MapJobs</c>.</summary>
internal static class JobEndpoints
{
    private const string NotKnown = "There is no such job, or it is no longer kept.";

    public static async Task ListAsync(HttpContext context)
    {
        IQueryCollection asked = context.Request.Query;
        if (!TryReadState(asked["state"], out JobState? state))
        {
            await RefuseAsync(
                context,
                StatusCodes.Status400BadRequest,
                "state is none of waiting, running, succeeded, failed and canceled.").ConfigureAwait(false);
            return;
        }

        string? after = NullIfEmpty(asked["after"]);
        JobId? last = JobId.TryParse(after, null, out JobId id) ? id : default(JobId?);
        string? job = NullIfEmpty(asked["job"]);
        IReadOnlyList<JobStatus>? page = after is not null && last is null
            ? null
            : await Engine(context).ListAsync(new JobQuery(state, job, last), context.RequestAborted).ConfigureAwait(false);
        if (page is null)
        {
            await RefuseAsync(
                context,
                StatusCodes.Status400BadRequest,
                "after is the id of no job: it may be no longer kept. Begin with the first page.").ConfigureAwait(false);
            return;
        }

        if (page.Count == JobQuery.PageSize)
        {
            context.Response.Headers.Link = $"<{NextPage(context.Request, page[^1].Id)}>; rel=\"next\"";
        }

        Prepare(context);
        await JsonSerializer.SerializeAsync(
            context.Response.Body, page, JobsJson.Default.IReadOnlyListJobStatus, context.RequestAborted).ConfigureAwait(false);
    }

    public static async Task FindAsync(HttpContext context)
    {
        JobStatus? job = IdOf(context) is { } id
            ? await Engine(context).FindAsync(id, context.RequestAborted).ConfigureAwait(false)
            : null;
        if (job is null)
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, NotKnown).ConfigureAwait(false);
            return;
        }

        Prepare(context);
        await JsonSerializer.SerializeAsync(
            context.Response.Body, job, JobsJson.Default.JobStatus, context.RequestAborted).ConfigureAwait(false);
    }

    public static Task CancelAsync(HttpContext context) => ChangeAsync(
        context, "cancel", "The job has ended.", static (engine, id, ct) => engine.CancelAsync(id, ct));

    public static Task RetryAsync(HttpContext context) => ChangeAsync(
        context, "retry", "The job has not failed.", static (engine, id, ct) => engine.RetryAsync(id, ct));

    private static async Task ChangeAsync(
        HttpContext context,
        string action,
        string conflict,
        Func<IJobEngine, JobId, CancellationToken, ValueTask<bool>> change)
    {
        if (!IsJson(context.Request.ContentType))
        {
            await RefuseAsync(
                context,
                StatusCodes.Status415UnsupportedMediaType,
                "Send Content-Type: application/json. Nothing need be in the body.").ConfigureAwait(false);
            return;
        }

        // Not with the request's token: who asked may leave, and the line in the log says what became of it.
        JobId? id = IdOf(context);
        IJobEngine engine = Engine(context);
        int status = id is null ? StatusCodes.Status404NotFound
            : await change(engine, id.Value, CancellationToken.None).ConfigureAwait(false) ? StatusCodes.Status204NoContent
            : await engine.FindAsync(id.Value, CancellationToken.None).ConfigureAwait(false) is null ? StatusCodes.Status404NotFound
            : StatusCodes.Status409Conflict;
        context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(JobEndpoints).FullName!).JobAsked(
            action,
            id?.Value ?? "(no id)",
            DisplayName.ForOther(context.User.Identity?.Name, "anonymous"),
            context.Connection.RemoteIpAddress?.ToString(),
            status);
        if (status == StatusCodes.Status204NoContent)
        {
            context.Response.StatusCode = status;
            return;
        }

        await RefuseAsync(context, status, status == StatusCodes.Status409Conflict ? conflict : NotKnown).ConfigureAwait(false);
    }

    private static IJobEngine Engine(HttpContext context) => context.RequestServices.GetRequiredService<IJobEngine>();

    // The server decodes everything in a path but a slash.
    private static JobId? IdOf(HttpContext context) =>
        JobId.TryParse(
            ((string?)context.GetRouteValue("id"))?.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), null, out JobId id)
            ? id
            : default(JobId?);

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase);

    private static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private static bool TryReadState(string? text, out JobState? state)
    {
        state = text switch
        {
            "waiting" => JobState.Waiting,
            "running" => JobState.Running,
            "succeeded" => JobState.Succeeded,
            "failed" => JobState.Failed,
            "canceled" => JobState.Canceled,
            _ => null,
        };
        return state is not null || string.IsNullOrEmpty(text);
    }

    private static string NextPage(HttpRequest request, JobId last)
    {
        var query = new QueryBuilder(request.Query.Where(each => each.Key is "state" or "job")
            .Select(each => KeyValuePair.Create(each.Key, each.Value.ToString())))
        {
            { "after", last.Value },
        };
        return $"{request.PathBase}{request.Path}{query}";
    }

    private static Task RefuseAsync(HttpContext context, int status, string detail) =>
        TypedResults.Problem(detail, statusCode: status).ExecuteAsync(context);

    private static void Prepare(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
    }
}
