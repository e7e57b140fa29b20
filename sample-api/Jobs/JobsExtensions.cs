namespace SampleApi;

/// <summary>The jobs of the shop, and the engine that keeps them, from <c>Jobs:Engine</c>.</summary>
internal static class JobsExtensions
{
    /// <summary>The background group in which jobs run.</summary>
    public const string Group = "jobs";

    public const string Memory = "Memory";

    private static readonly string[] Engines = [Memory];

    public static IServiceCollection AddShopJobs(this IServiceCollection services)
    {
        services.AddOptions<JobsOptions>().BindSection("Jobs").ValidateOnStart().Validate(
            options => Engines.Contains(options.Engine, StringComparer.OrdinalIgnoreCase),
            $"Jobs:Engine is no engine. Type one of {string.Join(", ", Engines)}, for example Jobs__Engine={Memory}.");
        return services.AddJobs(jobs =>
        {
            jobs.Add<SendReceipt, ReceiptDue>(SendReceipt.Name);
            jobs.UseInMemory();
        });
    }
}
