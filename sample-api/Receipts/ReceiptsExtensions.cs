using TaskGroups.Hosting;

namespace SampleApi;

internal static class ReceiptsExtensions
{
    /// <summary>The background group that looks for owed receipts. The jobs that write them have its settings.</summary>
    public const string Group = "receipts";

    public static IServiceCollection AddReceipts(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ReceiptsOptions>().BindSection("Receipts").ValidateOnStart()
            .Validate(
                options => !string.IsNullOrWhiteSpace(options.Directory),
                "Receipts:Directory is empty. Type a folder, for example Receipts__Directory=receipts, or leave it out.")
            .Validate<IHostEnvironment>(
                ReceiptDirectory.CanBeCreated,
                "Receipts:Directory cannot be created. Type a folder that the program may write to, for example "
                    + "Receipts__Directory=receipts.")
            .Validate(
                options => options.DelayMs is >= 0 and <= ReceiptsOptions.MaxDelayMs,
                $"Receipts:DelayMs is out of range. Type milliseconds from 0 to {ReceiptsOptions.MaxDelayMs}, for example "
                    + $"Receipts__DelayMs=200.");
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ReceiptDirectory>();
        IConfigurationSection drain = configuration.GetSection($"TaskGroups:Background:{Group}");
        services.AddBackgroundTaskGroup(Group, drain).AddBackgroundTaskGroup(JobsExtensions.Group, drain);
        services.AddOptions<BackgroundTaskGroupOptions>(JobsExtensions.Group).Configure<IServiceProvider>((options, provider) =>
            options.OnUnfinished = (child, cancellationToken) =>
                provider.GetRequiredService<ReceiptDirectory>().RecordOwedAsync(child, cancellationToken));
        return services.AddHostedService<OwedReceipts>();
    }
}
