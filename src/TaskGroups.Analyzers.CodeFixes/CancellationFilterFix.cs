using System.Composition;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace TaskGroups.Analyzers;

/// <summary>TG0011: catches only while the child is not canceled.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
internal sealed class CancellationFilterFix() : GroupCodeFix("Let the cancellation through", SwallowedCancellationAnalyzer.Id)
{
    protected override SyntaxNode? Fix(SyntaxNode root, SyntaxNode node, SemanticModel model, Diagnostic diagnostic)
    {
        if (node.AncestorsAndSelf().OfType<CatchClauseSyntax>().FirstOrDefault() is not { } clause
            || diagnostic.Properties[SwallowedCancellationAnalyzer.Token] is not { } token)
        {
            return null;
        }

        CatchFilterClauseSyntax filter = CatchFilterClause(ParseExpression($"!{token}.IsCancellationRequested"));
        return root.ReplaceNode(clause, clause.Declaration is { } declaration
            ? clause
                .WithDeclaration(declaration.WithTrailingTrivia(Space))
                .WithFilter(filter.WithTrailingTrivia(declaration.GetTrailingTrivia()))
                .WithAdditionalAnnotations(Formatter.Annotation)
            : clause
                .WithCatchKeyword(clause.CatchKeyword.WithTrailingTrivia(Space))
                .WithFilter(filter.WithTrailingTrivia(clause.CatchKeyword.TrailingTrivia))
                .WithAdditionalAnnotations(Formatter.Annotation));
    }
}
