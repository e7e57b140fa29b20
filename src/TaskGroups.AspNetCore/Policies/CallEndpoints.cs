using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace TaskGroups.AspNetCore;

/// <summary>Endpoints behind which methods are called by a framework of their own: those of hubs and of gRPC services.</summary>
internal static class CallEndpoints
{
    // Packages are not referenced for a warning: the metadata of gRPC is known by its name.
    private const string GrpcMetadata = "Grpc.AspNetCore.Server.GrpcMethodMetadata";
    private const string Blazor = "Microsoft.AspNetCore.Components.Server"; // its hub has no methods of the application

    /// <summary>What an application types so that the calls behind an endpoint have groups; <see langword="null"/> for other
    /// endpoints.</summary>
    public static string? RegistrationOf(IEnumerable<object> metadata)
    {
        foreach (object each in metadata)
        {
            switch (each)
            {
                case HubMetadata { HubType.Assembly: var assembly } when assembly.GetName().Name != Blazor:
                    return "builder.Services.AddSignalR().AddTaskGroups()";
                case not null when each.GetType().FullName == GrpcMetadata:
                    return "builder.Services.AddGrpc().AddTaskGroups() (package TaskGroups.Grpc)";
            }
        }

        return null;
    }

    /// <summary>Whether the registration has been made: what serves the endpoint joins its groups by itself.</summary>
    public static bool AreRegistered(IEnumerable<object> metadata, IServiceProvider services) =>
        services.GetService<IEnumerable<JoinedEndpoint>>() is { } kinds
        && kinds.Any(kind => metadata.Any(kind.Metadata.IsInstanceOfType));

    /// <summary>Whether an endpoint only prepares a connection, whose calls come through another one.</summary>
    public static bool IsPreparation(IEnumerable<object> metadata) => metadata.OfType<NegotiateMetadata>().Any();
}
