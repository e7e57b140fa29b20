namespace TaskGroups.Hosting.Tests;

/// <summary>Expects that a call is refused at once: that it throws, rather than the task that it would have returned.</summary>
internal static class Refused
{
    public static TException With<TException>(Action call)
        where TException : Exception =>
        Assert.Throws<TException>(call);

    public static void ForNull(string parameter, Action call) => Assert.Throws<ArgumentNullException>(parameter, call);
}
