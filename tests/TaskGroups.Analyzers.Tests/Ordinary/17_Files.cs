using TaskGroups;

namespace Ordinary;

public sealed class Archive(string root)
{
    public Task<long> SizeAsync(ITaskGroup tasks) => tasks.RunGroupAsync(async group =>
    {
        List<Task<long>> sizes = [];
        foreach (string path in Directory.EnumerateFiles(root))
        {
            sizes.Add(group.Run(ct => Task.Run(() => new FileInfo(path).Length, ct), name: Path.GetFileName(path)));
        }

        long[] all = await Task.WhenAll(sizes);
        return all.Sum();
    });

    public Task CopyAsync(ITaskGroup tasks, string target) =>
        tasks.ForEachAsync(Directory.EnumerateFiles(root), async (path, ct) =>
        {
            await using FileStream source = File.OpenRead(path);
            await using FileStream destination = File.Create(Path.Combine(target, Path.GetFileName(path)));
            try
            {
                await source.CopyToAsync(destination, ct);
            }
            catch (IOException)
            {
                await destination.FlushAsync();
                throw;
            }
        }, maxConcurrency: 4);

    public async Task<string> ReadFirstAsync(ITaskGroup tasks, params string[] paths)
    {
        List<Task<string>> reads = [.. paths.Select(path => tasks.Run(ct => File.ReadAllTextAsync(path, ct)))];
        while (reads.Count > 0)
        {
            Task<string> done = await Task.WhenAny(reads);
            reads.Remove(done);
            if (await done is { Length: > 0 } text)
            {
                return text;
            }
        }

        return "";
    }
}
