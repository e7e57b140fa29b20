using Microsoft.Data.Sqlite;

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

    internal override string NewName() => Named(Path.Combine(_folder.FullName, $"{Guid.NewGuid():N}.db"));

    /// <summary>The same as <see cref="TestDatabase.NewDatabase"/>, in a file of the caller's choice.</summary>
    internal string NewDatabase(string file)
    {
        Copy(Filled, Named(file));
        return Named(file);
    }

    private protected override void Copy(string from, string to) => File.Copy(FileOf(from), FileOf(to));

    private static string Named(string file) => $"Data Source={file}";

    private static string FileOf(string name) => new SqliteConnectionStringBuilder(name).DataSource;
}
