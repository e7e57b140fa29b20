using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TaskGroups.Analyzers;

/// <summary>TG0013: removes the second call.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
internal sealed class RemoveMiddlewareFix() : GroupCodeFix("Remove the second call", MiddlewareOrderAnalyzer.Id)
{
    protected override SyntaxNode? Fix(SyntaxNode root, SyntaxNode node, SemanticModel model, Diagnostic diagnostic)
    {
        if (!diagnostic.Properties.ContainsKey(MiddlewareOrderAnalyzer.Twice) || FindCall(node) is not { } call)
        {
            return null;
        }

        if (call.Expression is not MemberAccessExpressionSyntax called)
        {
            return null;
        }

        // On a chain the rest of it stays.
        if (called.Expression is not IdentifierNameSyntax || call.Parent is not ExpressionStatementSyntax statement)
        {
            return root.ReplaceNode(call, called.Expression.WithTriviaFrom(call));
        }

        SyntaxNode removed = statement.Parent is GlobalStatementSyntax global ? global : statement;
        return root.RemoveNode(removed, SyntaxRemoveOptions.KeepNoTrivia);
    }
}
