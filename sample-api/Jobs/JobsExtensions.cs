using Microsoft.Extensions.Options;
using Npgsql;

namespace SampleApi;

/// <summary>The jobs of the shop, and the engine that keeps them, from <c>Jobs:Engine</c>.</summary>
internal static class JobsExtensions
{
    /// <summary>The background group in which jobs run.</summary>
    public const string Group = "jobs";

    public static IServiceCollection AddShopJobs(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<JobsOptions>().BindSection("Jobs").ValidateOnStart()
            .Validate(
                options => JobsOptions.Engines.Contains(options.Engine),
                $"Jobs:Engine is no engine. Type one of {string.Join(", ", JobsOptions.Engines)}, for example Jobs__Engine=Memory.")
            .Validate<IOptions<DatabaseOptions>>(
                (options, database) => !options.AreDurable || database.Value.IsPostgres,
                "Jobs:Engine=Quartz keeps the jobs in PostgreSQL, and ConnectionStrings:Storefront names none. Type "
                    + "ConnectionStrings__Storefront=\"Host=localhost;Database=storefront;Username=...;Password=...\", or "
                    + "Jobs__Engine=Memory.");
        return services.AddJobs(jobs =>
        {
            jobs.Add<SendReceipt, ReceiptDue>(SendReceipt.Name);
            if (configuration["Jobs:Engine"] == JobsOptions.Quartz && IsPostgres(configuration.GetConnectionString("Storefront")))
            {
                jobs.UseQuartz(quartz => quartz.UsePostgres(configuration.GetConnectionString("Storefront")!));
            }
            else
            {
                jobs.UseInMemory(); // if something else is asked for, the start fails above
            }
        });
    }

    private static bool IsPostgres(string? connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString).Host is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
