using System.Composition;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace TaskGroups.Analyzers;

/// <summary>TG0012: <c>await await Task.WhenAny(tasks.Run(a), tasks.Run(b))</c> becomes <c>await tasks.RaceAsync(a, b)</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
internal sealed class RaceFix() : GroupCodeFix("Use RaceAsync", RaceAnalyzer.Id)
{
    protected override SyntaxNode? Fix(SyntaxNode root, SyntaxNode node, SemanticModel model, Diagnostic diagnostic)
    {
        if (FindCall(node) is not { Parent: AwaitExpressionSyntax { Parent: AwaitExpressionSyntax await } } race)
        {
            return null;
        }

        MemberAccessExpressionSyntax?[] starts = [.. race.ArgumentList.Arguments.Select(argument => FindStart(argument.Expression))];
        if (starts.Length < 2 || starts.Any(start => start is null || !start.Expression.IsEquivalentTo(starts[0]!.Expression)))
        {
            return null;
        }

        ExpressionSyntax raced = InvocationExpression(
            MemberAccessExpression(
                SyntaxKind.SimpleMemberAccessExpression,
                starts[0]!.Expression.WithoutTrivia(),
                IdentifierName("RaceAsync")),
            race.ArgumentList.ReplaceNodes(
                race.ArgumentList.Arguments,
                (argument, _) => ((InvocationExpressionSyntax)argument.Expression).ArgumentList.Arguments[0].WithTriviaFrom(argument)));
        return root.ReplaceNode(await, AwaitExpression(raced).WithTriviaFrom(await));
    }

    // tasks.Run(work), without a name or a state.
    private static MemberAccessExpressionSyntax? FindStart(ExpressionSyntax task) =>
        task is InvocationExpressionSyntax { ArgumentList.Arguments.Count: 1, Expression: MemberAccessExpressionSyntax called }
            && called.Name.Identifier.ValueText == "Run"
                ? called
                : null;
}
