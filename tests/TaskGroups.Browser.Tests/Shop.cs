namespace TaskGroups.Browser.Tests;

/// <summary>Endpoints whose work waits at gates, so that a test decides how long it runs.</summary>
internal sealed class Shop
{
    private readonly Dictionary<string, Gate> _gates = [];

    /// <summary>The gate at which a piece of work waits.</summary>
    public Gate this[string name]
    {
        get
        {
            lock (_gates)
            {
                return _gates.TryGetValue(name, out Gate? gate) ? gate : _gates[name] = new Gate();
            }
        }
    }

    public void Map(WebApplication app)
    {
        app.MapGet("/page/{id}", async (string id, ITaskGroup tasks) =>
        {
            Task price = tasks.Run(ct => this[id].WaitAsync(ct), $"the price of {id}");
            await price;
            return "ok";
        }).WithTaskGroup(TimeSpan.FromMinutes(5));
        app.MapGet("/broken", async (ITaskGroup tasks) =>
        {
            tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "the price");
            tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "the reviews");
            await tasks.Run(
                async ct =>
                {
                    await Task.Yield();
                    throw new InvalidTimeZoneException("a secret");
                },
                "the stock");
        }).WithTaskGroup();
        app.MapGet("/narrow", (ITaskGroup tasks) =>
        {
            tasks.Run(ct => this["narrow"].WaitAsync(ct), "the first");
            tasks.Run(ct => this["narrow"].WaitAsync(ct), "the second");
        }).WithTaskGroup(new RequestTaskGroupPolicy { MaxConcurrency = 1 });
        app.MapGet("/deaf", (ITaskGroup tasks) =>
        {
            tasks.Run(_ => this["deaf"].WaitAsync(CancellationToken.None), "the deaf one");
            tasks.Cancel();
        }).WithTaskGroup();
        app.MapGet("/deaf-sibling", (ITaskGroup tasks) =>
        {
            tasks.Run(_ => this["deaf"].WaitAsync(CancellationToken.None), "the deaf one");
            tasks.Run(async ct =>
            {
                await Task.Yield();
                throw new InvalidTimeZoneException("a secret");
            }, "the stock");
        }).WithTaskGroup();
        app.MapGet("/connected", (HttpContext context) =>
        {
            context.Response.ContentType = "text/event-stream";
            return context.GetTaskGroup().Run(ct => this["connected"].WaitAsync(ct), "the pump");
        });
        app.MapGet("/rows", async (ITaskGroup tasks) =>
        {
            _ = tasks.RunGroupAsync(inner => inner.Run(ct => this["rows"].WaitAsync(ct), "the innermost"), new() { Name = "the oldest" });
            this["the oldest runs"].Open();
            await this["the second row"].WaitAsync();
            _ = tasks.Run(ct => this["rows"].WaitAsync(ct), "the second");
            this["the second runs"].Open();
            await this["the third row"].WaitAsync();
            _ = tasks.RunGroupAsync(inner => this["rows"].WaitAsync(inner.CancellationToken), new() { Name = "the third" });
            this["the third runs"].Open();
        }).WithTaskGroup();
        app.MapGet("/broken-beside", async (ITaskGroup tasks) =>
        {
            Gate all = new();
            tasks.Run(
                async ct =>
                {
                    await all.WaitAsync(ct);
                    throw new InvalidTimeZoneException("a secret");
                },
                "the stock");
            await tasks.MapAsync(["the soap", "the brush"], async (item, ct) =>
            {
                if (item == "the brush")
                {
                    all.Open();
                }

                await Task.Delay(Timeout.Infinite, ct);
                return item;
            });
        }).WithTaskGroup();
        app.MapGet("/late", (ITaskGroup tasks) => tasks.Run(ct => Task.Delay(Timeout.Infinite, ct), "the slow one"))
            .WithTaskGroup(TimeSpan.FromMilliseconds(50));
    }
}
