using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TaskGroups.Explored;

/// <summary>
/// Sources that hold many faults: a method that faults change has a body for each of them, and asks which one is planted. To compile the
/// core anew for each fault would take most of the time of all tests.
/// </summary>
internal sealed class FaultSwitch
{
    /// <summary>What the methods ask.</summary>
    public const string Source = "namespace TaskGroups.Explored; internal static class Planted { public static int Fault = -1; }";

    private readonly Dictionary<(string Path, int Method), List<(int Fault, BaseMethodDeclarationSyntax Method)>> _variants = [];

    /// <summary>Plants a fault in an assembly that was compiled from these sources, in place of the one before.</summary>
    public static void Plant(Assembly core, int fault) => Planted(core).SetValue(null, fault);

    /// <summary>Whether the fault is the one that is planted.</summary>
    public static bool IsPlanted(Assembly core, int fault) => (int)Planted(core).GetValue(null)! == fault;

    /// <summary>Adds what a fault makes of a tree. It must change bodies of methods alone.</summary>
    public void Add(int fault, SyntaxTree tree, SyntaxTree faulty)
    {
        Assert.True(
            SyntaxFactory.AreEquivalent(WithoutBodies(tree), WithoutBodies(faulty), topLevel: false),
            $"{Faults.AndHarmless[fault].Name}: it changes more than bodies of methods.");
        foreach ((int index, (BaseMethodDeclarationSyntax method, BaseMethodDeclarationSyntax changed)) in
            MethodsOf(tree.GetRoot()).Zip(MethodsOf(faulty.GetRoot())).Index())
        {
            if (!SyntaxFactory.AreEquivalent(method, changed, topLevel: false))
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_variants, (tree.FilePath, index), out _) ??= [];
                _variants[(tree.FilePath, index)].Add((fault, changed));
            }
        }
    }

    /// <summary>Puts all variants into a tree.</summary>
    public SyntaxTree Weave(SyntaxTree tree)
    {
        SyntaxNode root = tree.GetRoot();
        BaseMethodDeclarationSyntax[] methods = MethodsOf(root);
        SyntaxNode woven = root.ReplaceNodes(
            methods.Where((_, index) => _variants.ContainsKey((tree.FilePath, index))),
            (method, _) => Switch(method, _variants[(tree.FilePath, Array.IndexOf(methods, method))]));
        return tree.WithRootAndOptions(woven, tree.Options);
    }

    private static FieldInfo Planted(Assembly core) => core.GetType("TaskGroups.Explored.Planted")!.GetField("Fault")!;

    private static BaseMethodDeclarationSyntax[] MethodsOf(SyntaxNode root) =>
    [
        .. root.DescendantNodes(node => node is not BaseMethodDeclarationSyntax).OfType<BaseMethodDeclarationSyntax>()
            .Where(method => method.Body is not null || method.ExpressionBody is not null),
    ];

    private static SyntaxNode WithoutBodies(SyntaxTree tree) =>
        tree.GetRoot().ReplaceNodes(MethodsOf(tree.GetRoot()), (method, _) => WithBody(method, SyntaxFactory.Block()));

    private static BaseMethodDeclarationSyntax WithBody(BaseMethodDeclarationSyntax method, BlockSyntax body) =>
        method.WithExpressionBody(null).WithSemicolonToken(default).WithBody(body);

    private static BaseMethodDeclarationSyntax Switch(
        BaseMethodDeclarationSyntax method, List<(int Fault, BaseMethodDeclarationSyntax Method)> variants)
    {
        StatementSyntax body = variants.Aggregate(
            (StatementSyntax)BodyOf(method),
            (rest, variant) => SyntaxFactory.IfStatement(
                SyntaxFactory.ParseExpression($"global::TaskGroups.Explored.Planted.Fault == {variant.Fault}"),
                BodyOf(variant.Method),
                SyntaxFactory.ElseClause(rest)));
        return WithBody(method, SyntaxFactory.Block(body));
    }

    private static BlockSyntax BodyOf(BaseMethodDeclarationSyntax method) => method.Body ?? SyntaxFactory.Block(
        HasValue(method)
            ? SyntaxFactory.ReturnStatement(method.ExpressionBody!.Expression)
            : SyntaxFactory.ExpressionStatement(method.ExpressionBody!.Expression));

    private static bool HasValue(BaseMethodDeclarationSyntax method) => method switch
    {
        MethodDeclarationSyntax { ReturnType: PredefinedTypeSyntax { Keyword.Text: "void" } } => false,
        MethodDeclarationSyntax { ReturnType: IdentifierNameSyntax } => !method.Modifiers.Any(SyntaxKind.AsyncKeyword),
        _ => method is not ConstructorDeclarationSyntax,
    };
}
