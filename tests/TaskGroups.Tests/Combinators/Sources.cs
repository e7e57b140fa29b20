namespace TaskGroups.Tests;

/// <summary>Asynchronous sequences.</summary>
internal static class Sources
{
    public static async IAsyncEnumerable<int> Numbers(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }

    public static async Task<IReadOnlyList<int>> ReadAllAsync(IAsyncEnumerable<int> stream)
    {
        List<int> all = [];
        await foreach (int item in stream)
        {
            all.Add(item);
        }

        return all;
    }
}
