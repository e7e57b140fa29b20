using Mono.Cecil;
using Mono.Cecil.Cil;

namespace TaskGroups.Tests;

/// <summary>How many types of the core must be read together, because each of them leads to each of the others.</summary>
public sealed class GuardCycleTests(ITestOutputHelper output)
{
    private const int LargestCycle = 8;

    [Fact]
    public void Types_OfTheCore_FormNoLargeCycle()
    {
        using ModuleDefinition core = ModuleDefinition.ReadModule(typeof(ITaskGroup).Assembly.Location);
        List<List<string>> cycles = FindCycles(ReadUses(core));
        foreach (List<string> cycle in cycles)
        {
            output.WriteLine($"{cycle.Count}: {string.Join(", ", cycle)}");
        }

        Assert.All(cycles, cycle => Assert.InRange(cycle.Count, 2, LargestCycle));
    }

    [Fact]
    public void FindCycles_OfTypesThatUseEachOther_FindsThemOnceAndNoOthers()
    {
        Dictionary<string, HashSet<string>> uses = new()
        {
            ["A"] = ["B"],
            ["B"] = ["C", "D"],
            ["C"] = ["A"],
            ["D"] = ["E"],
            ["E"] = ["D", "F"],
            ["F"] = [],
        };

        List<List<string>> cycles = FindCycles(uses);

        Assert.Equal([["A", "B", "C"], ["D", "E"]], cycles);
    }

    [Fact]
    public void ReadUses_OfOneType_SeesEachWayToUseAnother()
    {
        using ModuleDefinition tests = ModuleDefinition.ReadModule(typeof(GuardCycleTests).Assembly.Location);

        Assert.Equal(
            [
                nameof(IUsedAsConstraint), nameof(UsedAsArgument), nameof(UsedAsBase), nameof(UsedAsElement), nameof(UsedInAsync),
                nameof(UsedInBody), nameof(UsedInLambda), nameof(UsedInNested), nameof(UsedInSignature),
            ],
            ReadUses(tests)[typeof(UserOfOthers<>).Name].Order(StringComparer.Ordinal));
    }

    /// <summary>Which types of a module each of them uses. Nested types, also those of the compiler, count as the outermost one.</summary>
    private static Dictionary<string, HashSet<string>> ReadUses(ModuleDefinition module)
    {
        Dictionary<string, HashSet<string>> uses = [];
        foreach (TypeDefinition type in module.GetTypes().Where(IsOwn))
        {
            string user = Outermost(type).Name;
            if (!uses.TryGetValue(user, out HashSet<string>? used))
            {
                uses.Add(user, used = []);
            }

            IEnumerable<TypeReference> references = ReferencesOf(type).SelectMany(Flatten);
            used.UnionWith(references.Where(it => it.Scope == module).Select(it => Outermost(it).Name));
            used.Remove(user);
        }

        return uses;
    }

    private static IEnumerable<TypeReference?> ReferencesOf(TypeDefinition type) =>
    [
        type.BaseType,
        .. type.Interfaces.Select(it => it.InterfaceType),
        .. ConstraintsOf(type),
        .. type.Fields.Select(it => it.FieldType),
        .. type.Properties.Select(it => it.PropertyType),
        .. type.Events.Select(it => it.EventType),
        .. type.Methods.SelectMany(ReferencesOf),
    ];

    private static IEnumerable<TypeReference?> ReferencesOf(MethodDefinition method) =>
    [
        .. ReferencesOf((MethodReference)method),
        .. ConstraintsOf(method),
        .. method.Overrides.SelectMany(it => ReferencesOf(it)),
        .. method.HasBody ? ReferencesOf(method.Body) : [],
    ];

    private static IEnumerable<TypeReference?> ReferencesOf(MethodBody body) =>
    [
        .. body.Variables.Select(it => it.VariableType),
        .. body.ExceptionHandlers.Select(it => it.CatchType),
        .. body.Instructions.SelectMany(it => it.Operand switch
        {
            TypeReference type => [type],
            FieldReference field => [field.DeclaringType, field.FieldType],
            MethodReference called => ReferencesOf(called),
            _ => Enumerable.Empty<TypeReference?>(),
        }),
    ];

    private static IEnumerable<TypeReference?> ReferencesOf(MethodReference method) =>
    [
        method.DeclaringType,
        method.ReturnType,
        .. method.Parameters.Select(it => it.ParameterType),
        .. method is GenericInstanceMethod generic ? generic.GenericArguments : [],
    ];

    private static IEnumerable<TypeReference> ConstraintsOf(IGenericParameterProvider provider) =>
        provider.GenericParameters.SelectMany(it => it.Constraints).Select(it => it.ConstraintType);

    // The types of which a type is composed: what arrays and references are of, generic types and their arguments.
    private static IEnumerable<TypeReference> Flatten(TypeReference? type) =>
        type switch
        {
            null or GenericParameter => [],
            GenericInstanceType generic => [generic.ElementType, .. generic.GenericArguments.SelectMany(Flatten)],
            TypeSpecification specification => Flatten(specification.ElementType),
            _ => [type],
        };

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static bool IsOwn(TypeDefinition type) => Outermost(type).Namespace.StartsWith(nameof(TaskGroups), StringComparison.Ordinal);

    /// <summary>The strongly connected components of more than one type (Tarjan), the largest first.</summary>
    private static List<List<string>> FindCycles(Dictionary<string, HashSet<string>> uses)
    {
        List<List<string>> cycles = [];
        Dictionary<string, int> found = [];
        Dictionary<string, int> lowest = [];
        Stack<string> open = new();
        foreach (string type in uses.Keys.Where(type => !found.ContainsKey(type)))
        {
            Visit(type);
        }

        return [.. cycles.OrderByDescending(cycle => cycle.Count)];

        void Visit(string type)
        {
            found[type] = lowest[type] = found.Count;
            open.Push(type);
            foreach (string used in uses[type].Where(uses.ContainsKey))
            {
                if (!found.TryGetValue(used, out int index))
                {
                    Visit(used);
                    lowest[type] = Math.Min(lowest[type], lowest[used]);
                }
                else if (open.Contains(used))
                {
                    lowest[type] = Math.Min(lowest[type], index);
                }
            }

            if (lowest[type] != found[type])
            {
                return;
            }

            List<string> cycle = [];
            do
            {
                cycle.Add(open.Pop());
            }
            while (cycle[^1] != type);

            if (cycle.Count > 1)
            {
                cycles.Add([.. cycle.Order(StringComparer.Ordinal)]);
            }
        }
    }
}

internal sealed class UserOfOthers<T> : UsedAsBase
    where T : IUsedAsConstraint
{
    private readonly List<UsedAsElement[]> _field = [];

    public Func<bool> Lambda => () => _field.Count == UsedInLambda.Number;

    public static object Method(UsedInSignature other) => (other, Array.Empty<UsedAsArgument>());

    public static int Body() => UsedInBody.Number;

    public static async Task<int> WaitAsync()
    {
        await Task.Yield();
        return UsedInAsync.Number;
    }

    internal sealed class Nested
    {
        public static UsedInNested? Property => null;
    }
}

internal class UsedAsBase;

internal interface IUsedAsConstraint;

internal sealed class UsedAsElement;

internal sealed class UsedAsArgument;

internal sealed class UsedInSignature;

internal static class UsedInBody
{
    public static readonly int Number = 1;
}

internal static class UsedInLambda
{
    public static readonly int Number = 1;
}

internal static class UsedInAsync
{
    public static readonly int Number = 1;
}

internal sealed class UsedInNested;
