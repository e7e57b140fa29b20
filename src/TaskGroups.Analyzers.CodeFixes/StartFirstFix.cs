using System.Collections.Generic;
using System.Composition;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace TaskGroups.Analyzers;

/// <summary>TG0006: starts both children, then awaits them in their order.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
internal sealed class StartFirstFix() : GroupCodeFix("Start both children first", SequentialAnalyzer.Id)
{
    protected override SyntaxNode? Fix(SyntaxNode root, SyntaxNode node, SemanticModel model, Diagnostic diagnostic)
    {
        if (node.AncestorsAndSelf().OfType<StatementSyntax>().FirstOrDefault() is not { Parent: BlockSyntax block } second)
        {
            return null;
        }

        int index = block.Statements.IndexOf(second);
        if (index == 0 || FindAwait(block.Statements[index - 1]) is not { } firstAwait || FindAwait(second) is not { } secondAwait)
        {
            return null;
        }

        StatementSyntax first = block.Statements[index - 1];
        string firstName = FindName(first, block, "first");
        string secondName = FindName(second, block, "second");
        IEnumerable<StatementSyntax> statements =
        [
            Start(firstName, firstAwait).WithLeadingTrivia(first.GetLeadingTrivia()),
            Start(secondName, secondAwait),
            first.ReplaceNode(firstAwait.Expression, IdentifierName(firstName)).WithLeadingTrivia(ElasticMarker),
            second.ReplaceNode(secondAwait.Expression, IdentifierName(secondName)),
        ];
        return root.ReplaceNode(block, block.WithStatements(List(
            block.Statements.Take(index - 1).Concat(statements).Concat(block.Statements.Skip(index + 1))))
            .WithAdditionalAnnotations(Formatter.Annotation));
    }

    private static LocalDeclarationStatementSyntax Start(string name, AwaitExpressionSyntax await) =>
        LocalDeclarationStatement(VariableDeclaration(
            IdentifierName("var"),
            SingletonSeparatedList(VariableDeclarator(
                Identifier(name), argumentList: null, EqualsValueClause(await.Expression.WithoutTrivia())))));

    private static string FindName(StatementSyntax statement, SyntaxNode scope, string otherwise)
    {
        string name = statement is LocalDeclarationStatementSyntax local
            ? local.Declaration.Variables[0].Identifier.ValueText
            : otherwise;
        return FindFreeName(scope, name + "Task");
    }

    private static AwaitExpressionSyntax? FindAwait(StatementSyntax statement) => statement switch
    {
        LocalDeclarationStatementSyntax { Declaration.Variables: { Count: 1 } variables } =>
            variables[0].Initializer?.Value as AwaitExpressionSyntax,
        ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax assignment } => assignment.Right as AwaitExpressionSyntax,
        ExpressionStatementSyntax expression => expression.Expression as AwaitExpressionSyntax,
        _ => null,
    };
}
