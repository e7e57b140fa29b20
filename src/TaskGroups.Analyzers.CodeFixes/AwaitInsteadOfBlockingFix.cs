using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace TaskGroups.Analyzers;

/// <summary>TG0008: awaits the task instead of blocking a thread on it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
internal sealed class AwaitInsteadOfBlockingFix() : GroupCodeFix("Await the task", BlockingAnalyzer.Id)
{
    protected override SyntaxNode? Fix(SyntaxNode root, SyntaxNode node, SemanticModel model, Diagnostic diagnostic)
    {
        // Wait(timeout) and Wait(token) end before the task does: an await of the task alone would not.
        ExpressionSyntax? task = node switch
        {
            MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Result" } result => result.Expression,
            InvocationExpressionSyntax { ArgumentList.Arguments.Count: 0, Expression: MemberAccessExpressionSyntax called } =>
                called.Name.Identifier.ValueText == "Wait" ? called.Expression : FindAwaiting(called.Expression),
            _ => null,
        };
        if (task is null || !IsInAsyncFunction(node))
        {
            return null;
        }

        ExpressionSyntax awaited = AwaitExpression(task.WithoutTrivia());
        return root.ReplaceNode(
            node,
            node.Parent is ExpressionStatementSyntax
                ? awaited.WithTriviaFrom(node)
                : ParenthesizedExpression(awaited).WithTriviaFrom(node).WithAdditionalAnnotations(Simplifier.Annotation));
    }

    private static ExpressionSyntax? FindAwaiting(ExpressionSyntax awaiter) =>
        awaiter is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax called }
            && called.Name.Identifier.ValueText == "GetAwaiter"
            ? called.Expression
            : null;
}
