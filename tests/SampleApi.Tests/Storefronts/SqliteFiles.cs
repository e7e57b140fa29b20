namespace SampleApi.Tests;

/// <summary>SQLite, a file for each database.</summary>
public sealed class SqliteFiles : TestDatabase
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskgroups-sqlite-");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    internal override string NewDatabase() => $"Data Source={Path.Combine(_folder.FullName, $"{Guid.NewGuid():N}.db")}";
}
