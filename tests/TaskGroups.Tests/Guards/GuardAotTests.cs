using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;

namespace TaskGroups.Tests;

public sealed class GuardAotTests
{
    private static readonly Assembly Program = Assembly.Load("TaskGroups.Aot");

    // What the program does not use is trimmed away, and no test would see that it cannot be compiled ahead of time.
    [Fact]
    public void AotProgram_WhenItIsBuilt_UsesEveryPublicMember()
    {
        MemberInfo[] used = [.. ReferencedMembers()];

        string[] unused =
        [
            .. typeof(ITaskGroup).Assembly.GetExportedTypes()
                .SelectMany(
                    type => type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
                .OfType<MethodBase>()
                .Where(IsWritten)
                .Where(method => !used.Any(each => each.HasSameMetadataDefinitionAs(method)))
                .Select(method => $"{method.DeclaringType}: {method}"),
        ];

        Assert.Empty(unused);
    }

    // The methods that the compiler adds to records and delegates were not chosen; accessors of properties are.
    private static bool IsWritten(MethodBase method) =>
        !method.IsDefined(typeof(CompilerGeneratedAttribute))
        || (method.IsSpecialName && method.Name.StartsWith("get_", StringComparison.Ordinal))
        || (method.IsSpecialName && method.Name.StartsWith("set_", StringComparison.Ordinal));

    private static IEnumerable<MemberInfo> ReferencedMembers()
    {
        using PEReader file = new(File.OpenRead(Program.Location));
        int count = file.GetMetadataReader().GetTableRowCount(TableIndex.MemberRef);
        Type[] any = [typeof(object)]; // what stands for the type parameters of the program's own generic code
        for (int row = 1; row <= count; row++)
        {
            yield return Program.ManifestModule
                .ResolveMember(MetadataTokens.GetToken(MetadataTokens.MemberReferenceHandle(row)), any, any)!;
        }
    }
}
