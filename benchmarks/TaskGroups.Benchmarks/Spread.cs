using System.Globalization;

namespace TaskGroups.Benchmarks;

/// <summary>The middle half of a series of measurements.</summary>
internal readonly record struct Spread(double Low, double Median, double High)
{
    public static Spread Exact(double value) => new(value, value, value);

    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new Spread(sorted[sorted.Length / 4], sorted[sorted.Length / 2], sorted[sorted.Length * 3 / 4]);
    }

    public string Format(string format) => Low == High
        ? Median.ToString(format, CultureInfo.InvariantCulture)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Median.ToString(format, CultureInfo.InvariantCulture)} "
                + $"({Low.ToString(format, CultureInfo.InvariantCulture)}-{High.ToString(format, CultureInfo.InvariantCulture)})");
}
