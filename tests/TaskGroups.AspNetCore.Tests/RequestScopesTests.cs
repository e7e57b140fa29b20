namespace TaskGroups.AspNetCore.Tests;

// R31: what ties a scope to its request goes with the request.
public sealed class RequestScopesTests
{
    // An error page may run in the scope of the request that failed
    [Fact]
    public async Task Link_OfALaterRequest_StaysWhenTheEarlierOneEnds()
    {
        await using TestApp test = TestApp.Build((_, _) => { });
        RequestGroups requests = test.App.Services.GetRequiredService<RequestGroups>();
        object scope = new();
        RequestTaskGroup first = new(requests, new DefaultHttpContext()), second = new(requests, new DefaultHttpContext());
        requests.Scopes.Add(scope, first);
        requests.Scopes.Add(scope, second);
        requests.Scopes.Remove(scope, first);
        Assert.Same(second.Group, requests.Scopes.Find(scope));
    }
}
