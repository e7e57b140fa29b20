using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;
using TaskGroups.Jobs;

namespace SampleApi;

/// <summary>
/// The pickup directory: a file for each receipt, and in <c>owed</c> a file for each receipt that a shutdown cut short. A reader never sees
/// half a file.
/// </summary>
internal sealed class ReceiptDirectory
{
    private const string Unfinished = ".unfinished";
    private const string Owed = "owed";

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly string _finished;
    private readonly string _unfinished;
    private readonly string _owed;

    public ReceiptDirectory(IOptions<ReceiptsOptions> options, IHostEnvironment environment)
    {
        _finished = Path.GetFullPath(options.Value.Directory, environment.ContentRootPath);
        // In the same file system, so that moving is one step, and where a reader of the directory does not look.
        _unfinished = Path.Combine(_finished, Unfinished);
        _owed = Path.Combine(_finished, Owed);
        Directory.CreateDirectory(_unfinished);
        Directory.CreateDirectory(_owed);
    }

    public static bool CanBeCreated(ReceiptsOptions options, IHostEnvironment environment)
    {
        try
        {
            Directory.CreateDirectory(Path.Combine(Path.GetFullPath(options.Directory, environment.ContentRootPath), Unfinished));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Writes the receipt, and takes back what was recorded of it. Writing it again replaces it.</summary>
    public async Task<string> WriteAsync(Receipt receipt, CancellationToken cancellationToken)
    {
        string finished = Path.Combine(_finished, $"receipt-{receipt.OrderId}.json");
        await WriteAsync(finished, receipt, cancellationToken);
        File.Delete(OwedFile(receipt.OrderId));
        return finished;
    }

    /// <summary>
    /// Records a receipt that a shutdown cut short, for operators: the next start reads in the database which orders are owed one.
    /// </summary>
    public async ValueTask RecordOwedAsync(UnfinishedChild child, CancellationToken cancellationToken)
    {
        if (child.State is JobId id && ReceiptDue.From(id) is { OrderId: var orderId })
        {
            OwedReceipt owed = new(orderId, child.Reason, (long)child.Elapsed.TotalMilliseconds);
            await WriteAsync(OwedFile(orderId), owed, cancellationToken);
        }
    }

    private string OwedFile(int orderId) => Path.Combine(_owed, $"order-{orderId}.json");

    // Writes aside, forces the text to the disk, and puts the file in its place in one step.
    private async Task WriteAsync<T>(string file, T content, CancellationToken cancellationToken)
    {
        string unfinished = Path.Combine(_unfinished, Path.GetRandomFileName());
        try
        {
            await using (FileStream stream = File.Create(unfinished))
            {
                await JsonSerializer.SerializeAsync(stream, content, Indented, cancellationToken);
                await stream.FlushAsync(cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            File.Move(unfinished, file, overwrite: true);
        }
        catch
        {
            // The caller gets the exception; only the half-written file goes.
            File.Delete(unfinished);
            throw;
        }
    }

    private sealed record OwedReceipt(int OrderId, UnfinishedReason Reason, long ElapsedMs);
}
