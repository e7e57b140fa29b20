using System.Composition;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace TaskGroups.Analyzers;

/// <summary>TG0007: takes the application's group, which is an <c>ITaskGroup</c> as well.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
internal sealed class BackgroundGroupFix() : GroupCodeFix("Take an IBackgroundTaskGroup", LongLivedGroupAnalyzer.Id)
{
    protected override SyntaxNode? Fix(SyntaxNode root, SyntaxNode node, SemanticModel model, Diagnostic diagnostic) =>
        node.AncestorsAndSelf().OfType<ParameterSyntax>().FirstOrDefault()?.Type is { } type
        && model.Compilation.GetTypeByMetadataName("TaskGroups.Hosting.IBackgroundTaskGroup") is not null
            ? root.ReplaceNode(
                type,
                ParseTypeName("global::TaskGroups.Hosting.IBackgroundTaskGroup")
                    .WithTriviaFrom(type)
                    .WithAdditionalAnnotations(Simplifier.Annotation, Simplifier.AddImportsAnnotation))
            : null;
}
