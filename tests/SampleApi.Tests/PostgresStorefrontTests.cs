namespace SampleApi.Tests;

public sealed partial class PostgresStorefrontTests(PostgresServer server, PostgresStorefrontTests.Fixture fixture)
    : StorefrontTests, IClassFixture<PostgresStorefrontTests.Fixture>
{
    private protected override Storefront Open() => fixture.Open(server);

    private protected override string NewDatabase() => server.NewDatabase();

    /// <summary>Asks for a database at the first test, which can be skipped; a fixture cannot.</summary>
    public sealed class Fixture : IAsyncDisposable
    {
        private Storefront? _storefront;

        internal Storefront Open(PostgresServer server) => _storefront ??= new Storefront { ConnectionString = server.NewDatabase() };

        public ValueTask DisposeAsync() => _storefront?.DisposeAsync() ?? default;
    }
}
