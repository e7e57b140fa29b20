using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace TaskGroups.Analyzers;

/// <summary>TG0009: joins the group of an endpoint before its result is written.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
internal sealed class WithTaskGroupFix() : GroupCodeFix("Add WithTaskGroup()", EndpointGroupAnalyzer.Id)
{
    protected override SyntaxNode? Fix(SyntaxNode root, SyntaxNode node, SemanticModel model, Diagnostic diagnostic)
    {
        if (FindCall(node) is not { Expression: MemberAccessExpressionSyntax called } map
            || called.Name.Identifier.ValueText == EndpointGroupAnalyzer.WithTaskGroup)
        {
            return null;
        }

        return root.ReplaceNode(map, InvocationExpression(MemberAccessExpression(
                SyntaxKind.SimpleMemberAccessExpression,
                map.WithoutTrailingTrivia(),
                IdentifierName(EndpointGroupAnalyzer.WithTaskGroup)))
            .WithTrailingTrivia(map.GetTrailingTrivia()));
    }
}
