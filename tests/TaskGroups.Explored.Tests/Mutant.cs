using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using TaskGroups.Testing;

namespace TaskGroups.Explored;

/// <summary>The core with one planted fault, compiled together with the programs.</summary>
/// <remarks>One fault is planted at a time: the classes of tests that use it form a collection, so that they take turns.</remarks>
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

    // The images that hold all faults.
    private static readonly Lazy<Assembly> WithoutSteps = new(() => Compile(hasSteps: false));

    private static readonly Lazy<Assembly> WithSteps = new(() => Compile(hasSteps: true));

    /// <summary>Plants a fault in the core, in place of the one before. The calling thread must run the programs.</summary>
    /// <remarks>
    /// The core is loaded once for all faults, since the runtime compiles each method again in each copy of an assembly. What a fault
    /// leaves in static fields must not reach the next: new threads have neither the <c>BiasedChildCount</c> nor the exception of an
    /// observer that schedules left on the old ones. <c>ObjectPool</c>, <c>StripedLocks</c>, <c>FailedGroup</c> and <c>DisplayName</c>
    /// keep what belongs to one schedule, task or text in weak tables, and the last id in <c>ChildRecord</c> is a count.
    /// </remarks>
    /// <param name="fault">The fault. If it shows between statements, each that shares plain fields is a step.</param>
    /// <param name="program">The kind of program to run on it: a type with a method <c>Of</c> that makes one from a seed.</param>
    /// <returns>Makes the program of a seed, running on the faulty core.</returns>
    public static Func<int, IExploredProgram> Of(Fault fault, Type program)
    {
        Assembly core = (fault.IsBetweenStatements ? WithSteps : WithoutSteps).Value;
        int number = Array.IndexOf(Faults.AndHarmless, fault);
        FaultSwitch.Plant(core, number);
        Explorer.RenewThreads();
        Func<int, IExploredProgram> make =
            core.GetType(program.FullName!)!.GetMethod(nameof(GroupProgram.Of))!.CreateDelegate<Func<int, IExploredProgram>>();
        return seed => FaultSwitch.IsPlanted(core, number)
            ? make(seed)
            : throw new InvalidOperationException($"Another fault was planted while '{fault.Name}' was explored: see {nameof(Mutant)}.");
    }

    /// <summary>Walks until a fault is found, beginning with the seed that is known to find it.</summary>
    public static ExplorationResult Walk(Fault fault)
    {
        Func<int, IExploredProgram> program = Of(fault, fault.Program);
        int expectedSteps = fault.IsBetweenStatements ? ExpectedStatements : PriorityChooser.ExpectedSteps;
        ExplorationResult? known = Budget.TriesKnownSeeds && fault.Seed is { } seed
            ? Exploration.Walk(program, seed, run => run < 1, expectedSteps)
            : null;
        return known?.Failure is not null ? known : Exploration.Walk(program, Budget.Seed, run => run < MostSchedules, expectedSteps);
    }

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

    private static Assembly Compile(bool hasSteps)
    {
        var trees = Sources.Value.ToDictionary(source => source.Key, source => Parse(source.Key, source.Value, hasSteps));
        var faults = new FaultSwitch();
        foreach ((int number, Fault fault) in Faults.AndHarmless.Index().Where(each => each.Item.IsBetweenStatements == hasSteps))
        {
            foreach ((string path, string source) in Edit(fault.Edits).Where(each => each.Value != Sources.Value[each.Key]))
            {
                faults.Add(number, trees[path], Parse(path, source, hasSteps));
            }
        }

        var core = CSharpCompilation.Create(
            "Mutant",
            [
                CSharpSyntaxTree.ParseText(ImplicitUsings, Language),
                CSharpSyntaxTree.ParseText(FaultSwitch.Source, Language),
                .. trees.Values.Select(faults.Weave),
            ],
            References,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Annotations)); // warnings of the same code come from the build
        using var image = new MemoryStream();
        var result = core.Emit(image);
        Assert.True(
            result.Success,
            string.Join(Environment.NewLine, result.Diagnostics.Where(each => each.Severity == DiagnosticSeverity.Error)));
        return Assembly.Load(image.ToArray());
    }

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
