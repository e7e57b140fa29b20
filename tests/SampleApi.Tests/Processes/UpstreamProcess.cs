namespace SampleApi.Tests;

/// <summary>The services that the storefront calls, as a process of their own that no test stops.</summary>
public sealed class UpstreamProcess : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskgroups-upstreams-");
    private SampleProcess? _process;
    private Uri? _address;

    public Uri Address => _address!;

    public async ValueTask InitializeAsync()
    {
        _process = SampleProcess.Start(
            _folder.FullName,
            new Dictionary<string, string>
            {
                ["ConnectionStrings__Storefront"] = $"Data Source={Path.Combine(_folder.FullName, "upstreams.db")}",
                ["Receipts__Directory"] = Path.Combine(_folder.FullName, "unused"),
            },
            "--urls",
            "http://127.0.0.1:0");
        _address = await _process.ListensAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }
}
