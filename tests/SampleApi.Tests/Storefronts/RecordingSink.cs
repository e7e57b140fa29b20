using System.Globalization;
using Serilog.Core;
using Serilog.Events;
using TaskGroups.Testing;

namespace SampleApi.Tests;

/// <summary>Lets tests see what the sample logs through Serilog, level by level.</summary>
internal sealed class RecordingSink(RecordingLogger log) : ILogEventSink
{
    public void Emit(LogEvent logEvent)
    {
        string category = (logEvent.Properties.GetValueOrDefault("SourceContext") as ScalarValue)?.Value as string ?? "";
        Dictionary<string, object?> properties = logEvent.Properties.ToDictionary(p => p.Key, p => (p.Value as ScalarValue)?.Value);
        string message = logEvent.RenderMessage(CultureInfo.InvariantCulture);
        log.CreateLogger(category).Log((LogLevel)logEvent.Level, default, properties, logEvent.Exception, (_, _) => message);
    }
}
