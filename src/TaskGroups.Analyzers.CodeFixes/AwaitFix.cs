using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace TaskGroups.Analyzers;

/// <summary>TG0002, TG0003: awaits the task that is dropped, where an <c>await</c> may stand.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
internal sealed class AwaitFix() : GroupCodeFix("Await the task", EarlyReturnAnalyzer.Id, UnawaitedCombinatorAnalyzer.Id)
{
    protected override SyntaxNode? Fix(SyntaxNode root, SyntaxNode node, SemanticModel model, Diagnostic diagnostic)
    {
        if (FindCall(node) is not { } call
            || !IsInAsyncFunction(call)
            || model.GetTypeInfo(call).Type?.SpecialType == SpecialType.System_Void)
        {
            return null;
        }

        ExpressionSyntax awaited = AwaitExpression(call.WithoutTrivia())
            .WithTriviaFrom(call)
            .WithAdditionalAnnotations(Formatter.Annotation);
        return call.Parent switch
        {
            ExpressionStatementSyntax or ReturnStatementSyntax or LambdaExpressionSyntax => root.ReplaceNode(call, awaited),
            AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: "_" } } discard =>
                root.ReplaceNode(discard, awaited.WithTriviaFrom(discard)),
            _ => null,
        };
    }
}
