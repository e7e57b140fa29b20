using System.Diagnostics.Metrics;

namespace TaskGroups.Testing;

/// <summary>What one application's meter <c>TaskGroups</c> publishes, one line each; of times only that there was one.</summary>
public sealed class RecordedMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<string> _all = [];
    private readonly List<double> _seconds = [];

    /// <param name="factory">Of the application: others in this process are not recorded.</param>
    /// <param name="isWanted">Picks instruments by their names; <see langword="null"/>: all.</param>
    public RecordedMetrics(IMeterFactory factory, Func<string, bool>? isWanted = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "TaskGroups" && ReferenceEquals(instrument.Meter.Scope, factory)
                && isWanted?.Invoke(instrument.Name) != false)
            {
                lock (_all)
                {
                    Instruments.Add(instrument);
                }

                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, $" {value}", tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            lock (_all)
            {
                _seconds.Add(value);
            }

            Add(instrument, "", tags);
        });
        _listener.Start();
    }

    public List<Instrument> Instruments { get; } = [];

    /// <summary>Name, unit, value and tags, in the order in which they came.</summary>
    public string[] All
    {
        get
        {
            lock (_all)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>The values of histograms.</summary>
    public double[] Seconds
    {
        get
        {
            lock (_all)
            {
                return [.. _seconds];
            }
        }
    }

    /// <summary>Reads the observable instruments, as an exporter does before it sends.</summary>
    /// <returns>What they said.</returns>
    public string[] Ask()
    {
        int before = All.Length;
        _listener.RecordObservableInstruments();
        return All[before..];
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, string value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        IEnumerable<string> words = tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal);
        lock (_all)
        {
            _all.Add($"{instrument.Name} {instrument.Unit}{value} {string.Join(' ', words)}");
        }
    }
}
