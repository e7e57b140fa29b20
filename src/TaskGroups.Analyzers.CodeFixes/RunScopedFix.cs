using System.Composition;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace TaskGroups.Analyzers;

/// <summary>
/// TG0004, TG0005: <c>Run(ct => db.SaveAsync(ct))</c> becomes <c>RunScoped((Db db, CancellationToken ct) => db.SaveAsync(ct))</c>, if
/// <c>db</c> is a <c>DbContext</c> and all that the child shares.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
internal sealed class RunScopedFix() : GroupCodeFix("Use RunScoped", RequestCaptureAnalyzer.Id, SharedContextAnalyzer.Id)
{
    private const string RunScoped = nameof(RunScoped);

    protected override SyntaxNode? Fix(SyntaxNode root, SyntaxNode node, SemanticModel model, Diagnostic diagnostic)
    {
        ExpressionSyntax? reference = node.FirstAncestorOrSelf<ExpressionSyntax>();
        if (reference is null
            || model.GetTypeInfo(reference).Type is not INamedTypeSymbol service
            || !service.Is(model.Compilation.GetTypeByMetadataName("Microsoft.EntityFrameworkCore.DbContext"))
            || model.GetSymbolInfo(reference).Symbol is not { } variable
            || node.Ancestors().OfType<LambdaExpressionSyntax>().FirstOrDefault(IsWork) is not { } lambda
            || lambda.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { Expression: MemberAccessExpressionSyntax called } call
            || called.Name is not IdentifierNameSyntax { Identifier.ValueText: "Run" }
            || call.ArgumentList.Arguments[0].Expression != lambda
            || model.Compilation.GetTypeByMetadataName("TaskGroups.Hosting.TaskGroupHostingExtensions") is null)
        {
            return null;
        }

        string name = variable.Name.TrimStart('_');
        string token = Parameter(lambda)!.Identifier.ValueText;
        ParameterListSyntax parameters = ParameterList(SeparatedList(
        [
            SyntaxFactory.Parameter(Identifier(name)).WithType(TypeOf(service.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat))),
            SyntaxFactory.Parameter(Identifier(token)).WithType(TypeOf("global::System.Threading.CancellationToken")),
        ]));
        SyntaxNode body = lambda.Body.ReplaceNodes(
            lambda.Body.DescendantNodesAndSelf().OfType<ExpressionSyntax>().Where(expression =>
                expression.Parent is not MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax }
                && expression is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax }
                && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(expression).Symbol, variable)),
            (expression, _) => IdentifierName(name).WithTriviaFrom(expression));
        LambdaExpressionSyntax scoped = ParenthesizedLambdaExpression(parameters, (CSharpSyntaxNode)body)
            .WithAsyncKeyword(lambda.AsyncKeyword)
            .WithArrowToken(lambda.ArrowToken)
            .WithTriviaFrom(lambda);
        InvocationExpressionSyntax changed = call
            .WithExpression(called.WithName(IdentifierName(RunScoped).WithTriviaFrom(called.Name)))
            .WithArgumentList(call.ArgumentList.ReplaceNode(lambda, scoped))
            .WithAdditionalAnnotations(Formatter.Annotation);
        return AddUsing((CompilationUnitSyntax)root.ReplaceNode(call, changed), called, model);
    }

    private static CompilationUnitSyntax AddUsing(
        CompilationUnitSyntax root, MemberAccessExpressionSyntax called, SemanticModel model)
    {
        ITypeSymbol? group = model.GetTypeInfo(called.Expression).Type;
        return model.LookupSymbols(called.SpanStart, group, RunScoped, includeReducedExtensionMethods: true).IsEmpty
            ? root.AddUsings(UsingDirective(ParseName("TaskGroups.Hosting")).WithAdditionalAnnotations(Formatter.Annotation))
            : root;
    }

    private static TypeSyntax TypeOf(string name) =>
        ParseTypeName(name).WithAdditionalAnnotations(Simplifier.Annotation, Simplifier.AddImportsAnnotation);

    private static bool IsWork(LambdaExpressionSyntax lambda) => Parameter(lambda) is { Identifier.ValueText: not "_" };

    // The only parameter of a delegate that gets nothing but its token.
    private static ParameterSyntax? Parameter(LambdaExpressionSyntax lambda) => lambda switch
    {
        SimpleLambdaExpressionSyntax simple => simple.Parameter,
        ParenthesizedLambdaExpressionSyntax { ParameterList.Parameters: { Count: 1 } parameters } => parameters[0],
        _ => null,
    };
}
