using System.Composition;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace TaskGroups.Analyzers;

/// <summary>TG0001: gives the call the child's token, and the token a name if the delegate discards it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
internal sealed class PassTokenFix() : GroupCodeFix("Pass the child's token", TokenAnalyzer.Id)
{
    protected override SyntaxNode? Fix(SyntaxNode root, SyntaxNode node, SemanticModel model, Diagnostic diagnostic)
    {
        if (FindCall(node) is not { } call || diagnostic.Properties[TokenAnalyzer.Token] is not { } token)
        {
            return null;
        }

        ParameterSyntax? discarded = null;
        if (token == "_")
        {
            discarded = FindDiscarded(call, model);
            if (discarded is null)
            {
                return null;
            }

            token = FindFreeName(call, "ct", "token", "childToken");
        }

        SyntaxNode old = diagnostic.Properties[TokenAnalyzer.Parameter] is null ? node : call;
        SyntaxNode passed = diagnostic.Properties[TokenAnalyzer.Parameter] is { } parameter
            ? call.WithArgumentList(AddToken(call.ArgumentList, token, parameter, LeavesOut(call, parameter, model)))
            : (node is ArgumentSyntax argument
                ? argument.WithExpression(IdentifierName(token).WithTriviaFrom(argument.Expression))
                : IdentifierName(token).WithTriviaFrom(node));
        return discarded is null
            ? root.ReplaceNode(old, passed)
            : root.ReplaceNodes([old, discarded], (original, _) => original == old
                ? passed
                : discarded.WithIdentifier(Identifier(token).WithTriviaFrom(discarded.Identifier)));
    }

    // Behind a named argument, and behind a parameter that is left out, only a name finds its parameter.
    private static ArgumentListSyntax AddToken(ArgumentListSyntax list, string token, string parameter, bool isByName)
    {
        ArgumentSyntax argument = Argument(IdentifierName(token));
        bool isNamed = isByName || list.Arguments.Any(other => other.NameColon is not null);
        return list.AddArguments(isNamed ? argument.WithNameColon(NameColon(parameter)) : argument);
    }

    private static bool LeavesOut(InvocationExpressionSyntax call, string parameter, SemanticModel model) =>
        model.GetSymbolInfo(call).Symbol is IMethodSymbol method
        && method.Parameters.FirstOrDefault(other => other.Name == parameter) is { } token
        && token.Ordinal != call.ArgumentList.Arguments.Count;

    private static ParameterSyntax? FindDiscarded(SyntaxNode call, SemanticModel model) => call.Ancestors()
        .OfType<LambdaExpressionSyntax>()
        .Select(lambda => lambda is SimpleLambdaExpressionSyntax simple
            ? simple.Parameter
            : ((ParenthesizedLambdaExpressionSyntax)lambda).ParameterList.Parameters.LastOrDefault())
        .FirstOrDefault(parameter => parameter?.Identifier.ValueText == "_"
            && model.GetDeclaredSymbol(parameter) is IParameterSymbol { Type.Name: "CancellationToken" });
}
