using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>Decides what a lambda captures of the request.</summary>
internal static class RequestCapture
{
    // Services of the application, which a controller is given too; holding them holds nothing of the request.
    private static readonly ImmutableHashSet<string> OfApplication =
    [
        "ILogger", "ILoggerFactory", "IServiceScopeFactory", "IHttpClientFactory", "TimeProvider", "IHostApplicationLifetime",
        "IHostEnvironment", "IWebHostEnvironment", "IConfiguration", "IOptions", "IOptionsMonitor", "IMemoryCache", "IDistributedCache",
        "HybridCache", "IHubContext", "LinkGenerator", "Channel", "ChannelWriter", "ChannelReader", "IJobs", "ITaskGroupFactory",
        "IDbContextFactory", "Meter", "ActivitySource",
    ];

    /// <summary>What of the request the operation captures into the lambda: a variable, a member, or the type of <c>this</c>.</summary>
    public static ISymbol? Find(IOperation operation, IOperation lambda, KnownSymbols symbols) => operation switch
    {
        ILocalReferenceOperation { Local: var local } when local.IsDeclaredOutside(lambda) =>
            IsOfRequest(local.Type, symbols) && !local.Type.IsExactly(symbols.ServiceProvider) ? local : null,
        IParameterReferenceOperation { Parameter: var parameter } when parameter.IsDeclaredOutside(lambda) =>
            FindParameter(parameter, operation, symbols),
        IMemberReferenceOperation { Instance: IInstanceReferenceOperation @this } member when @this.IsOfClass() =>
            FindMember(member.Member, member.Type, @this.Type!, operation, symbols),
        IPropertyReferenceOperation { Property: { Name: "HttpContext" or "RequestServices" } property, Instance: { } instance }
            when instance.FindVariable()?.IsDeclaredOutside(lambda) == true && !IsOfRequest(instance.Type, symbols) =>
            IsOfRequest(property.Type, symbols) ? property : null,
        IInstanceReferenceOperation { Parent: not IMemberReferenceOperation } @this
            when @this.IsOfClass() && IsHandler(@this.Type, symbols) => @this.Type,
        _ => null,
    };

    /// <summary>Objects of this type are the request's: they end with it, or serve another one afterwards.</summary>
    public static bool IsOfRequest(ITypeSymbol? type, KnownSymbols symbols) =>
        symbols.RequestTypes.Any(part => type.Is(part))
        || (symbols.IsGroup(type) && !symbols.IsBackgroundGroup(type))
        || type.Is(symbols.DbContext)
        || type.IsExactly(symbols.ServiceProvider);

    private static ISymbol? FindParameter(IParameterSymbol parameter, IOperation use, KnownSymbols symbols)
    {
        if (parameter.ContainingSymbol is IMethodSymbol { MethodKind: MethodKind.Constructor, ContainingType: var type }
            && use.SemanticModel?.GetEnclosingSymbol(use.Syntax.SpanStart) is { } user
            && !IsIn(user, parameter.ContainingSymbol))
        {
            return FindMember(parameter, parameter.Type, type, use, symbols);
        }

        if (!IsOfRequest(parameter.Type, symbols))
        {
            return null;
        }

        return !parameter.Type.IsExactly(symbols.ServiceProvider) || IsProviderOfRequest(parameter, use, symbols) ? parameter : null;
    }

    private static ISymbol? FindMember(ISymbol member, ITypeSymbol? type, ITypeSymbol @this, IOperation use, KnownSymbols symbols)
    {
        if (IsHandler(@this, symbols))
        {
            return member.IsStatic || IsOfApplication(type, symbols) ? null : member;
        }

        if (!IsOfRequest(type, symbols))
        {
            return null;
        }

        // The provider of a hosted service or of a singleton is the application's: who makes scopes of it is one of those.
        bool isProvider = type.IsExactly(symbols.ServiceProvider);
        return isProvider && (@this.Is(symbols.HostedService) || MakesScope(use)) ? null : member;
    }

    private static bool IsProviderOfRequest(IParameterSymbol parameter, IOperation use, KnownSymbols symbols)
    {
        var owner = (IMethodSymbol)parameter.ContainingSymbol;
        if (IsHandler(owner.ContainingType, symbols))
        {
            return true;
        }

        if (owner.MethodKind == MethodKind.AnonymousFunction)
        {
            return use.Ancestors().Any(ancestor => ancestor is IAnonymousFunctionOperation lambda
                && SymbolEqualityComparer.Default.Equals(lambda.Symbol, owner)
                && lambda.Parent?.FindUser() is IArgumentOperation { Parent: IInvocationOperation map }
                && Endpoint.IsMap(map.TargetMethod, symbols));
        }

        // The method of an endpoint is given its services; a method that only passes the provider around may have the application's.
        return !MakesScope(use) && owner.Parameters.Any(other => symbols.IsBackgroundGroup(other.Type));
    }

    private static bool MakesScope(IOperation provider) => provider.FindUser() switch
    {
        IInvocationOperation call => IsScope(call),
        IArgumentOperation { Parent: IInvocationOperation call } => IsScope(call),
        _ => false,
    };

    private static bool IsScope(IInvocationOperation call) =>
        call.TargetMethod.Name is "CreateScope" or "CreateAsyncScope"
        || (call.TargetMethod.TypeArguments.Length == 1 && call.TargetMethod.TypeArguments[0].Name == "IServiceScopeFactory");

    private static bool IsHandler(ITypeSymbol? type, KnownSymbols symbols) => symbols.RequestHandlers.Any(handler => type.Is(handler));

    private static bool IsOfApplication(ITypeSymbol? type, KnownSymbols symbols) =>
        type is null
        || type.IsValueType
        || type.SpecialType == SpecialType.System_String
        || symbols.IsBackgroundGroup(type)
        || OfApplication.Contains(type.Name);

    private static bool IsOfClass(this IInstanceReferenceOperation instance) =>
        instance.ReferenceKind == InstanceReferenceKind.ContainingTypeInstance;

    private static bool IsIn(ISymbol? inner, ISymbol outer)
    {
        for (; inner is not null; inner = inner.ContainingSymbol)
        {
            if (SymbolEqualityComparer.Default.Equals(inner, outer))
            {
                return true;
            }
        }

        return false;
    }
}
