using System;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>An endpoint of a minimal API as its <c>Map</c> call shows it.</summary>
internal sealed class Endpoint
{
    private readonly IOperation? _body;

    private Endpoint(IInvocationOperation map, IMethodSymbol handler, IOperation? body)
    {
        Map = map;
        Handler = handler;
        _body = body;
    }

    public IInvocationOperation Map { get; }

    public IMethodSymbol Handler { get; }

    /// <summary>
    /// The endpoint of a call like <c>app.MapGet(pattern, handler)</c>; <see langword="null"/> where the handler cannot be seen.
    /// </summary>
    public static Endpoint? Find(IOperation? operation, KnownSymbols symbols)
    {
        if (operation is not IInvocationOperation map || !IsMap(map.TargetMethod, symbols))
        {
            return null;
        }

        return map.Arguments.LastOrDefault(argument => argument.Parameter?.Name is "handler" or "requestDelegate")?.Value.Unwrap() switch
        {
            IAnonymousFunctionOperation lambda => new Endpoint(map, lambda.Symbol, lambda.Body),
            IMethodReferenceOperation { Method: var method } => new Endpoint(map, method, FindBody(method, map)),
            _ => null,
        };
    }

    /// <summary><c>MapGet</c> and its kin.</summary>
    public static bool IsMap(IMethodSymbol method, KnownSymbols symbols)
    {
        IMethodSymbol declared = method.ReducedFrom ?? method;
        return declared.Name.StartsWith("Map", StringComparison.Ordinal)
            && declared.IsExtensionMethod
            && declared.Parameters[0].Type.IsExactly(symbols.EndpointRouteBuilder)
            && declared.Parameters.Any(parameter => parameter.Name is "handler" or "requestDelegate");
    }

    public bool TakesGroup(KnownSymbols symbols) =>
        Handler.Parameters.Any(parameter => symbols.IsGroup(parameter.Type) && !symbols.IsBackgroundGroup(parameter.Type));

    /// <summary>
    /// Whether the answer is written piece by piece after the handler has returned; <see langword="null"/> where the handler's type does
    /// not say and its body cannot be seen.
    /// </summary>
    public bool? Streams(KnownSymbols symbols)
    {
        if (IsStream(Handler.ReturnType, symbols))
        {
            return true;
        }

        return _body is null ? null : _body.Descendants().Any(operation => IsStreaming(operation, symbols));
    }

    /// <summary>The body uses the group, which is a parameter, or another one that it captures.</summary>
    public bool UsesGroup(KnownSymbols symbols) => TakesGroup(symbols) || (_body?.Descendants().Any(operation =>
        operation is IParameterReferenceOperation or ILocalReferenceOperation
        && symbols.IsGroup(operation.Type)
        && !symbols.IsBackgroundGroup(operation.Type)) ?? false);

    private static bool IsStreaming(IOperation operation, KnownSymbols symbols) => operation switch
    {
        IInvocationOperation { TargetMethod: { Name: "Stream" or "ServerSentEvents", ContainingType: var results } } =>
            results.Name is "Results" or "TypedResults",
        IInvocationOperation { TargetMethod: { Name: "WriteAsync" or "StartAsync", IsExtensionMethod: var extension } write } =>
            (extension ? write.Parameters.FirstOrDefault()?.Type : write.ContainingType)?.Name == "HttpResponse",
        IPropertyReferenceOperation { Property: { Name: "Body" or "BodyWriter", ContainingType.Name: "HttpResponse" } } => true,
        IInvocationOperation { TargetMethod.Name: "AcceptWebSocketAsync" } => true,
        IReturnOperation { ReturnedValue: { } value } => IsStream(value.Unwrap().Type, symbols),
        _ => false,
    };

    private static bool IsStream(ITypeSymbol? type, KnownSymbols symbols) =>
        symbols.IsAsyncEnumerable(type)
        || type?.Name is "PushStreamHttpResult" or "FileStreamHttpResult" or "ServerSentEventsResult"
        || (type is INamedTypeSymbol { IsGenericType: true } generic
            && (symbols.IsTask(type) || type.Name == "Results")
            && generic.TypeArguments.Any(argument => IsStream(argument, symbols)));

    // A method of the same file; others would need another semantic model.
    private static IOperation? FindBody(IMethodSymbol method, IOperation use)
    {
        SyntaxReference? declaration = method.DeclaringSyntaxReferences.FirstOrDefault(reference =>
            reference.SyntaxTree == use.Syntax.SyntaxTree);
        return declaration?.GetSyntax() is { } syntax and (BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax)
            ? use.SemanticModel?.GetOperation(syntax)
            : null;
    }
}
