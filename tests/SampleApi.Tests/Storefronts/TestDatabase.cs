namespace SampleApi.Tests;

/// <summary>A kind of database, and the storefront on it that tests share. It starts with the first test that asks for it.</summary>
public abstract class TestDatabase : IAsyncLifetime
{
    private Storefront? _shop;

    /// <summary>The shared storefront; skips or fails the running test if the database is missing.</summary>
    internal Storefront Shop
    {
        get
        {
            // Tests run one after the other.
            _shop ??= new Storefront { ConnectionString = NewDatabase() };
            _shop.Start();
            return _shop;
        }
    }

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        if (_shop is not null)
        {
            await _shop.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>The connection string of a database that does not exist yet; skips or fails the running test if there is none.</summary>
    internal abstract string NewDatabase();
}
