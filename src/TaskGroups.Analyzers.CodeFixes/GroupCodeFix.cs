using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TaskGroups.Analyzers;

/// <summary>What all fixes have in common: each rewrites one document, or is not offered.</summary>
internal abstract class GroupCodeFix(string title, params string[] ids) : CodeFixProvider
{
    public sealed override ImmutableArray<string> FixableDiagnosticIds { get; } = [.. ids];

    public sealed override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        SemanticModel? model = await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            SyntaxNode node = root!.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            if (Fix(root, node, model!, diagnostic) is { } changed)
            {
                context.RegisterCodeFix(
                    CodeAction.Create(title, _ => Task.FromResult(context.Document.WithSyntaxRoot(changed)), equivalenceKey: title),
                    diagnostic);
            }
        }
    }

    /// <summary>The document with the fix; <see langword="null"/> where none is safe.</summary>
    protected abstract SyntaxNode? Fix(SyntaxNode root, SyntaxNode node, SemanticModel model, Diagnostic diagnostic);

    /// <summary>The call whose name is reported.</summary>
    protected static InvocationExpressionSyntax? FindCall(SyntaxNode node) =>
        node.AncestorsAndSelf().OfType<InvocationExpressionSyntax>().FirstOrDefault();

    /// <summary>An <c>await</c> may stand here.</summary>
    protected static bool IsInAsyncFunction(SyntaxNode node) => node.Ancestors()
        .Select(ancestor => ancestor switch
        {
            AnonymousFunctionExpressionSyntax lambda => lambda.AsyncKeyword != default,
            LocalFunctionStatementSyntax local => local.Modifiers.Any(IsAsync),
            MethodDeclarationSyntax method => method.Modifiers.Any(IsAsync),
            GlobalStatementSyntax => true,
            MemberDeclarationSyntax => false,
            _ => (bool?)null,
        })
        .FirstOrDefault(isAsync => isAsync is not null) ?? false;

    /// <summary>A name for a variable that the member does not use yet.</summary>
    protected static string FindFreeName(SyntaxNode node, params string[] names)
    {
        SyntaxNode member = node.AncestorsAndSelf().FirstOrDefault(ancestor =>
            ancestor is MemberDeclarationSyntax and not GlobalStatementSyntax) ?? node.SyntaxTree.GetRoot();
        ImmutableHashSet<string> used = [.. member.DescendantTokens().Select(token => token.ValueText)];
        return names.Concat(Enumerable.Range(2, 100).Select(number => names[0] + number)).First(name => !used.Contains(name));
    }

    private static bool IsAsync(SyntaxToken token) => token.ValueText == "async";
}
