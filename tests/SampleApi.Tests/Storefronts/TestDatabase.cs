namespace SampleApi.Tests;

/// <summary>A kind of database, and the storefront on it that tests share. It starts with the first test that asks for it.</summary>
public abstract class TestDatabase : IAsyncLifetime
{
    private Storefront? _shop;
    private string? _filled;

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

    /// <summary>The connection string of a copy of what a storefront makes of a fresh database; no other test uses it.</summary>
    internal string NewDatabase()
    {
        string copy = NewName();
        Copy(Filled, copy);
        return copy;
    }

    /// <summary>The connection string of a database that does not exist yet; skips or fails the test if there is no server.</summary>
    internal abstract string NewName();

    /// <summary>The database that is copied: a storefront fills it once, and leaves it.</summary>
    private protected string Filled
    {
        get
        {
            if (_filled is null)
            {
                string name = NewName();
                using Storefront first = new() { ConnectionString = $"{name};Pooling=False" };
                first.Start();
                _filled = name;
            }

            return _filled;
        }
    }

    private protected abstract void Copy(string from, string to);
}
