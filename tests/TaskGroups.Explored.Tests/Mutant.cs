using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>The core with one planted fault, compiled anew together with the programs.</summary>
internal static class Mutant
{
    /// <summary>How many random schedules are enough to find any fault.</summary>
    public const int MostSchedules = 30_000;

    /// <summary>How many steps a schedule takes where each statement is one.</summary>
    public const int ExpectedStatements = 200;

    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions Language = new(LanguageVersion.Latest);

    // Without this assembly, which holds the same types, and without the real core.
    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is not ("TaskGroups.dll" or "TaskGroups.Explored.Tests.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private static readonly Lazy<Dictionary<string, string>> Sources = new(Read);

    private static readonly Lazy<CSharpCompilation> Unedited = new(() => CompileUnedited(hasSteps: false));

    private static readonly Lazy<CSharpCompilation> UneditedWithSteps = new(() => CompileUnedited(hasSteps: true));

    /// <summary>Compiles the core with texts replaced.</summary>
    /// <param name="program">The kind of program to run on it: a type with a method <c>Of</c> that makes one from a seed.</param>
    /// <param name="edits">What to replace.</param>
    /// <returns>Makes the program of a seed, running on the faulty core.</returns>
    public static Func<int, IExploredProgram> Compile(Type program, params Edit[] edits) => Compile(program, edits, hasSteps: false);

    /// <summary>Compiles the core so that each statement which shares plain fields is a step, unless a lock is held.</summary>
    /// <inheritdoc cref="Compile(Type, Edit[])"/>
    public static Func<int, IExploredProgram> CompileWithSteps(Type program, params Edit[] edits) =>
        Compile(program, edits, hasSteps: true);

    /// <summary>Reads the sources of the core and of the programs, and replaces texts in them.</summary>
    /// <returns>The sources by path.</returns>
    public static Dictionary<string, string> Edit(Edit[] edits)
    {
        var sources = new Dictionary<string, string>(Sources.Value);
        foreach (Edit edit in edits)
        {
            // Once in all files, else the core has changed and the mutant must follow it.
            string path = Assert.Single(sources, source => source.Value.Contains(edit.Text, StringComparison.Ordinal)).Key;
            Assert.Equal(2, sources[path].Split(edit.Text).Length);
            sources[path] = sources[path].Replace(edit.Text, edit.Replacement, StringComparison.Ordinal);
        }

        return sources;
    }

    private static Dictionary<string, string> Read()
    {
        string sources = Path.Combine(AppContext.BaseDirectory, "sources");
        return Directory.EnumerateFiles(Path.Combine(sources, "explored"))
            .Concat(Directory.EnumerateFiles(Path.Combine(sources, "core"))
                .Where(path => Path.GetFileName(path) is not ("ObjectPool.cs" or "StripedLocks.cs" or "Continuation.cs")))
            .ToDictionary(path => path, File.ReadAllText);
    }

    private static SyntaxTree Parse(string path, string source, bool hasSteps)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText(source, Language, path);
        return hasSteps && SharesPlainFields(path) ? tree.WithRootAndOptions(new Stepper().Visit(tree.GetRoot()), Language) : tree;
    }

    private static Func<int, IExploredProgram> Compile(Type program, Edit[] edits, bool hasSteps)
    {
        CSharpCompilation unedited = (hasSteps ? UneditedWithSteps : Unedited).Value;
        Dictionary<string, string> sources = Edit(edits);
        CSharpCompilation mutant = unedited.SyntaxTrees
            .Where(tree => sources.TryGetValue(tree.FilePath, out string? source) && source != Sources.Value[tree.FilePath])
            .Aggregate(unedited, (all, tree) => all.ReplaceSyntaxTree(tree, Parse(tree.FilePath, sources[tree.FilePath], hasSteps)));
        using var image = new MemoryStream();
        var result = mutant.Emit(image);
        Assert.True(
            result.Success,
            string.Join(Environment.NewLine, result.Diagnostics.Where(each => each.Severity == DiagnosticSeverity.Error)));

        MethodInfo of = Assembly.Load(image.ToArray()).GetType(program.FullName!)!.GetMethod(nameof(GroupProgram.Of))!;
        return of.CreateDelegate<Func<int, IExploredProgram>>();
    }

    // What all mutants share: the references, and all trees but those that a mutant replaces. They share the assembly's name, too, or
    // the compiler would read the references anew for each.
    private static CSharpCompilation CompileUnedited(bool hasSteps) => CSharpCompilation.Create(
        "Mutant",
        [
            CSharpSyntaxTree.ParseText(ImplicitUsings, Language),
            .. Sources.Value.Select(source => Parse(source.Key, source.Value, hasSteps)),
        ],
        References,
        new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            optimizationLevel: OptimizationLevel.Release,
            nullableContextOptions: NullableContextOptions.Annotations)); // warnings of the same code come from the build

    // By name, not by their locks: one that a fault takes away must not take the steps away as well.
    private static bool SharesPlainFields(string path) =>
        Path.GetFileName(path) is "ContingentState.cs" or "BiasedChildCount.cs" or "ChildRegistry.cs"
            or "ChildRecord.cs" or "ConcurrencyLimiter.cs" or "PendingStart.cs" or "TaskGroupExtensions.Race.cs" or "ResultDisposal.cs";

    /// <summary>Puts a point before each statement.</summary>
    private sealed class Stepper : CSharpSyntaxRewriter
    {
        private static readonly StatementSyntax Point =
            SyntaxFactory.ParseStatement("global::TaskGroups.Testing.Explorer.Point(\"a statement\", isTrial: true);\n");

        public override SyntaxNode VisitBlock(BlockSyntax node)
        {
            var block = (BlockSyntax)base.VisitBlock(node)!;

            // A task that ended before its continuation is registered would call it on the real pool, out of control.
            string? method = node.Ancestors().OfType<MethodDeclarationSyntax>().FirstOrDefault()?.Identifier.Text;
            return method is "Watch" or "Rent"
                ? block
                : block.WithStatements(SyntaxFactory.List(block.Statements.SelectMany<StatementSyntax, StatementSyntax>(
                    each => HasPoint(each) ? [Point, each] : [each])));
        }

        private static bool HasPoint(StatementSyntax statement) => statement is not (LocalFunctionStatementSyntax or BlockSyntax);
    }
}
