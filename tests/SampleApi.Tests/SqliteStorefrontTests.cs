namespace SampleApi.Tests;

public sealed class SqliteStorefrontTests(SqliteStorefrontTests.Fixture fixture) :
    StorefrontTests,
    IClassFixture<SqliteStorefrontTests.Fixture>
{
    private protected override Storefront Open() => fixture;

    private protected override string NewDatabase() => $"Data Source={Path.Combine(fixture.Folder, $"{Guid.NewGuid():N}.db")}";

    public sealed class Fixture : Storefront;
}
