namespace SampleApi.Tests;

public sealed class UpstreamAddressTests
{
    [Theory]
    [InlineData("http://localhost:5080", "http://localhost:5080/")]
    [InlineData("http://127.0.0.1:41234", "http://127.0.0.1:41234/")]
    [InlineData("http://[::1]:80", "http://[::1]/")]
    [InlineData("http://[::]:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://0.0.0.0:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://+:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://*:8080", "http://127.0.0.1:8080/")]
    [InlineData("https://[::]:8443 http://[::]:8080", "http://127.0.0.1:8080/")]
    [InlineData("https://localhost:8443", "https://localhost:8443/")]
    [InlineData("http://unix:/tmp/sample.sock http://localhost:1", "http://localhost:1/")]
    public void OwnAddress_WhenTheServerListens_IsReachableFromItself(string addresses, string own) =>
        Assert.Equal(own, UpstreamAddress.OwnAddress(addresses.Split(' ')).AbsoluteUri);

    [Fact]
    public void OwnAddress_WhenTheServerDoesNotListen_SaysWhatToSet() =>
        Assert.Contains(
            "Upstream__BaseAddress",
            Assert.Throws<InvalidOperationException>(() => UpstreamAddress.OwnAddress([])).Message,
            StringComparison.Ordinal);
}
