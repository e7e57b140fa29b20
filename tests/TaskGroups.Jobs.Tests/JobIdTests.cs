using System.Text.Json;

namespace TaskGroups.Jobs.Tests;

public sealed class JobIdTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("order-42@2026-11-30T03:00:00Z")]
    [InlineData("Grüße aus Zürich/7")]
    [InlineData("🛒 42")]
    public void JobId_WhenItsCharactersArePrintable_KeepsThem(string text)
    {
        JobId id = text;

        Assert.Equal(text, id.Value);
        Assert.Equal(text, id.ToString());
        Assert.Equal(id, JsonSerializer.Deserialize<JobId>(JsonSerializer.Serialize(id)));
    }

    [Theory]
    [InlineData("", "has 0")]
    [InlineData("a\nb", "U+000A")]
    [InlineData("a\u202eb", "U+202E")]
    [InlineData("\u2028", "U+2028")]
    public void JobId_WhenItIsNoId_SaysWhy(string text, string said)
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => new JobId(text));

        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.False(JobId.TryParse(text, null, out _));
        Assert.Throws<FormatException>(() => JobId.Parse(text, null));
    }

    [Fact]
    public void JobId_WhenItIsTooLong_SaysHowLong()
    {
        Assert.Equal(200, new JobId(new string('x', 200)).Value.Length);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => new JobId(new string('x', 201)));
        Assert.Contains("has 201", refused.Message, StringComparison.Ordinal);
    }

    // An attribute cannot hold half of a pair.
    [Fact]
    public void JobId_WhenItHoldsHalfASurrogatePair_Refuses() => Assert.Throws<ArgumentException>(() => new JobId("a" + (char)0xD800));

    [Fact]
    public void Default_WhenItIsUsed_SaysThatItIsNoId() => Assert.Throws<InvalidOperationException>(() => default(JobId).Value);

    [Fact]
    public void Status_AsJson_HasTheNamesAndWordsOfTheContract()
    {
        var status = new JobStatus("1", "work", JobState.Succeeded, 2, "node", DateTimeOffset.UnixEpoch, null, null, null);

        Assert.Equal(
            """{"id":"1","name":"work","state":"succeeded","attempt":2,"node":"node","enqueuedAt":"1970-01-01T00:00:00+00:00","""
                + "\"startedAt\":null,\"endedAt\":null,\"failureType\":null}",
            JsonSerializer.Serialize(status, JsonSerializerOptions.Web));
    }
}
