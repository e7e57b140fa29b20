using System.Text.Json;
using Microsoft.Extensions.Options;

namespace SampleApi;

/// <summary>The pickup directory. Whoever empties it never sees half a receipt.</summary>
internal sealed class ReceiptDirectory
{
    private const string Unfinished = ".unfinished";

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string _finished;
    private readonly string _unfinished;

    public ReceiptDirectory(IOptions<ReceiptsOptions> options, IHostEnvironment environment)
    {
        _finished = Path.GetFullPath(options.Value.Directory, environment.ContentRootPath);
        // In the same file system, so that moving is one step, and out of sight of whoever empties the directory.
        _unfinished = Path.Combine(_finished, Unfinished);
        Directory.CreateDirectory(_unfinished);
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

    /// <summary>
    /// Writes the receipt aside, forces it to the disk, and puts it in its place in one step. Writing it again replaces it.
    /// </summary>
    public async Task<string> WriteAsync(Receipt receipt, CancellationToken cancellationToken)
    {
        string finished = Path.Combine(_finished, $"receipt-{receipt.OrderId}.json");
        string unfinished = Path.Combine(_unfinished, Path.GetRandomFileName());
        try
        {
            await using (FileStream file = File.Create(unfinished))
            {
                await JsonSerializer.SerializeAsync(file, receipt, Indented, cancellationToken);
                await file.FlushAsync(cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, finished, overwrite: true);
            return finished;
        }
        catch
        {
            // Whoever writes the receipt gets the exception; only the half-written file goes.
            File.Delete(unfinished);
            throw;
        }
    }
}
