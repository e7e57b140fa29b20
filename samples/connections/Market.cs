namespace Connections;

internal static class Market
{
    public static double PriceOf(int product) => product * 1.5;
}
