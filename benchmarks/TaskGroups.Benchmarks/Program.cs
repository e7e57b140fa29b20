using System.Globalization;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Running;
using TaskGroups.Benchmarks;

// No argument, or "ratios [rounds] [core|memory|scopes|http|handover|page|telemetry|peers]": the table. Anything else goes to
// BenchmarkDotNet, as "--filter '*'".
if (args.Length > 0 && args[0] != "ratios")
{
    BenchmarkSwitcher.FromAssembly(typeof(SingleFigures).Assembly).Run(args);
    return 0;
}

var rounds = new Rounds(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 15);
string part = args.Length > 2 ? args[2] : "";
(string Name, Func<Rounds, IAsyncEnumerable<Reading>> MeasureAsync)[] parts =
[
    ("core", CoreReadings.MeasureAsync),
    ("memory", MemoryReadings.MeasureAsync),
    ("scopes", ScopeReadings.MeasureAsync),
    ("http", HttpReadings.MeasureAsync),
    ("handover", HandOverReadings.MeasureAsync),
    ("page", PageReadings.MeasureAsync),
    ("telemetry", TelemetryReadings.MeasureAsync),
    ("peers", PeerReadings.MeasureAsync),
];
if (part.Length > 0 && !parts.Any(it => it.Name == part))
{
    Console.Error.WriteLine($"There is no part '{part}'. The parts are: {string.Join(", ", parts.Select(it => it.Name))}.");
    return 1;
}

Console.WriteLine(
    $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores; medians of "
        + $"{rounds.Count} "
    + "interleaved rounds, with the middle half of them.");
Console.WriteLine();
Console.WriteLine("| metric | measured | gate | stretch | verdict |");
Console.WriteLine("|---|---|---|---|---|");
foreach ((_, Func<Rounds, IAsyncEnumerable<Reading>> measureAsync) in parts.Where(it => part.Length == 0 || it.Name == part))
{
    await foreach (Reading reading in measureAsync(rounds))
    {
        Console.WriteLine(reading.ToRow());
    }
}

return 0;
