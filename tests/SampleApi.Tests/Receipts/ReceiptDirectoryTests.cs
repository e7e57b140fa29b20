using System.Text.Json;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;
using TaskGroups.Hosting;
using TaskGroups.Jobs;
using TaskGroups.Testing;

namespace SampleApi.Tests;

public sealed class ReceiptDirectoryTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("taskgroups-receipts-");
    private readonly ReceiptDirectory _directory;

    public ReceiptDirectoryTests()
    {
        HostingEnvironment environment = new() { ContentRootPath = _root.FullName };
        _directory = new ReceiptDirectory(Options.Create(new ReceiptsOptions { Directory = "out" }), environment);
    }

    [Fact]
    public async Task WriteAsync_WhenTheReceiptIsThere_ReplacesIt()
    {
        await _directory.WriteAsync(ReceiptOf(quantity: 1), CancellationToken.None).WithWatchdog();
        string file = await _directory.WriteAsync(ReceiptOf(quantity: 2), CancellationToken.None).WithWatchdog();

        Assert.Equal(Path.Combine(_root.FullName, "out", "receipt-7.json"), file);
        Assert.Contains("\"quantity\": 2", await File.ReadAllTextAsync(file).WithWatchdog(), StringComparison.Ordinal);
        Assert.Equal([file], Directory.GetFiles(_root.FullName, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task WriteAsync_WhenItIsCanceled_LeavesNothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _directory.WriteAsync(ReceiptOf(quantity: 1), new CancellationToken(canceled: true))).WithWatchdog();

        Assert.Empty(Directory.GetFiles(_root.FullName, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task RecordOwedAsync_WhenAReceiptWasCutShort_WritesAFileThatTheReceiptTakesBack()
    {
        UnfinishedChild child = new(
            "jobs",
            SendReceipt.Name,
            UnfinishedReason.NeverStarted,
            TimeSpan.FromMilliseconds(1250),
            new ReceiptDue(7).Id);
        string owed = Path.Combine(_root.FullName, "out", "owed", "order-7.json");

        await _directory.RecordOwedAsync(child, CancellationToken.None).AsTask().WithWatchdog();

        using (JsonDocument record = JsonDocument.Parse(await File.ReadAllTextAsync(owed).WithWatchdog()))
        {
            Assert.Equal(7, record.RootElement.GetProperty("orderId").GetInt32());
            Assert.Equal("neverStarted", record.RootElement.GetProperty("reason").GetString());
            Assert.Equal(1250, record.RootElement.GetProperty("elapsedMs").GetInt64());
        }

        string receipt = await _directory.WriteAsync(ReceiptOf(quantity: 1), CancellationToken.None).WithWatchdog();
        Assert.Equal([receipt], Directory.GetFiles(_root.FullName, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("receipt-")]
    [InlineData("receipt-seven")]
    [InlineData("report-7")]
    public async Task RecordOwedAsync_WhenTheChildWritesNoReceipt_RecordsNothing(string? id)
    {
        object? state = id is null ? null : (object)new JobId(id);
        UnfinishedChild child = new("jobs", "report", UnfinishedReason.Canceled, TimeSpan.Zero, state);

        await _directory.RecordOwedAsync(child, CancellationToken.None).AsTask().WithWatchdog();

        Assert.Empty(Directory.GetFiles(_root.FullName, "*", SearchOption.AllDirectories));
    }

    public void Dispose() => _root.Delete(recursive: true);

    private static Receipt ReceiptOf(int quantity) => new(7, 1, "Oak Lamp", quantity, 12.5m, DateTimeOffset.UnixEpoch);
}
