using System.Collections.Concurrent;
using Grpc.AspNetCore.Server;
using Grpc.Core;

namespace TaskGroups.Grpc;

/// <summary>Names groups after methods: <c>Greeter/SayHello</c>, without the package.</summary>
internal static class MethodName
{
    // As many as the services have methods.
    private static readonly ConcurrentDictionary<string, string> Names = [];

    /// <summary>Gives the name of the method that is called.</summary>
    /// <param name="metadata">What the endpoint says; what the client has written may differ in case.</param>
    /// <param name="context">The call.</param>
    public static string Of(GrpcMethodMetadata? metadata, ServerCallContext context) =>
        metadata is null ? Shorten(context.Method) : Names.GetOrAdd(metadata.Method.FullName, Shorten);

    private static string Shorten(string fullName)
    {
        string[] parts = fullName.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts is [var service, var method] ? $"{service[(service.LastIndexOf('.') + 1)..]}/{method}" : fullName;
    }
}
