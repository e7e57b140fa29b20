using System.Globalization;
using System.Text;
using TaskGroups.Testing;

namespace TaskGroups.Hosting.Tests;

/// <summary>docs/recipes.md: a CSV export by a background child.</summary>
public sealed class CsvExportTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("export");

    private string Target => Path.Combine(_directory.FullName, "orders.csv");

    public void Dispose() => _directory.Delete(recursive: true);

    // A reader of the directory sees the whole file or none
    [Fact]
    public async Task Export_WhenItEnds_IsWhole()
    {
        var orders = new Orders(count: 5);

        await OrderExport.RunAsync(orders, Target, CancellationToken.None).WithWatchdog();

        Assert.Equal(["id,total", "1,10", "2,20", "3,30", "4,40", "5,50"], await File.ReadAllLinesAsync(Target));
        Assert.Equal([Target], Directory.GetFiles(_directory.FullName));
    }

    // R33: the drain cancels it half-way; the next start goes on where it was
    [Fact]
    public async Task Export_WhenTheDrainCancelsIt_LeavesNoHalfFileAndIsResumed()
    {
        var orders = new Orders(count: 5) { BlocksAfter = 3 };
        await using (TestHost host = await TestHost.StartAsync())
        {
            Task export = host.Background.Run(ct => OrderExport.RunAsync(orders, Target, ct), "export");
            await orders.Blocked.WaitAsync().WithWatchdog();
            Task stop = host.StopAsync();
            await host.PassDrainTimeoutAsync();
            await stop;
            Assert.True(export.IsCanceled);
        }

        Assert.False(File.Exists(Target));
        orders.BlocksAfter = null;
        orders.Asked.Clear();

        await OrderExport.RunAsync(orders, Target, CancellationToken.None).WithWatchdog();

        Assert.Equal(["id,total", "1,10", "2,20", "3,30", "4,40", "5,50"], await File.ReadAllLinesAsync(Target));
        Assert.Equal([3], orders.Asked);
    }

    // A crash may cut a line in two
    [Theory]
    [InlineData("id,to", 0)]
    [InlineData("id,total\n", 0)]
    [InlineData("id,total\n1,10\n2,2", 1)]
    [InlineData("id,total\n1,10\n2,20\n", 2)]
    public async Task Export_AfterACrash_KeepsWholeLinesOnly(string left, int after)
    {
        await File.WriteAllTextAsync(Target + ".part", left);
        var orders = new Orders(count: 3);

        await OrderExport.RunAsync(orders, Target, CancellationToken.None).WithWatchdog();

        Assert.Equal(["id,total", "1,10", "2,20", "3,30"], await File.ReadAllLinesAsync(Target));
        Assert.Equal([after], orders.Asked);
    }

    // <snippet: csv-export>
    public static class OrderExport
    {
        // The child: background.RunScoped((Orders orders, CancellationToken ct) => OrderExport.RunAsync(orders, target, ct), "export").
        public static async Task RunAsync(Orders orders, string target, CancellationToken cancellationToken)
        {
            string part = target + ".part"; // on the same disk, so that the move at the end is one step
            await using (var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
            {
                int last = await FindLastIdAsync(file, cancellationToken);
                await using var writer = new StreamWriter(file, new UTF8Encoding(false));
                if (file.Position == 0)
                {
                    await writer.WriteAsync("id,total\n".AsMemory(), cancellationToken);
                }

                await foreach (Order order in orders.ReadAfterAsync(last, cancellationToken))
                {
                    await writer.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{order.Id},{order.Total}\n"));
                }
            }

            File.Move(part, target, overwrite: true);
        }

        // Cuts off what a crash left of a line, and goes to the end.
        private static async Task<int> FindLastIdAsync(FileStream file, CancellationToken cancellationToken)
        {
            using var reader = new StreamReader(file, leaveOpen: true);
            string text = await reader.ReadToEndAsync(cancellationToken);
            text = text[..(text.LastIndexOf('\n') + 1)];
            file.SetLength(Encoding.UTF8.GetByteCount(text));
            file.Seek(0, SeekOrigin.End);
            string last = text.TrimEnd('\n').Split('\n')[^1].Split(',')[0];
            return int.TryParse(last, CultureInfo.InvariantCulture, out int id) ? id : 0;
        }
    }
    // </snippet>

    public sealed record Order(int Id, int Total);

    public sealed class Orders(int count)
    {
        internal int? BlocksAfter { get; set; }

        internal Gate Blocked { get; } = new();

        internal List<int> Asked { get; } = [];

        public async IAsyncEnumerable<Order> ReadAfterAsync(
            int last, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Asked.Add(last);
            for (int id = last + 1; id <= count; id++)
            {
                await Task.Yield();
                yield return new Order(id, id * 10);
                if (id == BlocksAfter)
                {
                    Blocked.Open();
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }
            }
        }
    }
}
