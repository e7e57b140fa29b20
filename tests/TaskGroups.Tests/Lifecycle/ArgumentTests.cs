using System.Linq.Expressions;
using System.Reflection;

namespace TaskGroups.Tests;

/// <summary>Every public member refuses null. There is no list to maintain: the members themselves say what they take.</summary>
public sealed class ArgumentTests
{
    private static int _invoked;

    public static TheoryData<string, string> Required
    {
        get
        {
            TheoryData<string, string> required = [];
            foreach (MethodInfo member in Members())
            {
                foreach (ParameterInfo parameter in member.GetParameters().Where(IsRequired))
                {
                    required.Add(member.ToString()!, parameter.Name!);
                }
            }

            return required;
        }
    }

    [Theory, MemberData(nameof(Required))]
    public async Task Members_WhenAnArgumentIsNull_ThrowAtOnceNamingItAndStartNothing(string signature, string parameter)
    {
        MethodInfo member = Members().Single(each => each.ToString() == signature);
        await TaskGroup.RunAsync(group =>
        {
            object?[] arguments = [.. member.GetParameters().Select(each => each.Name == parameter ? null : Valid(each, group))];
            Action call = () => member.Invoke(member.IsStatic ? null : group, BindingFlags.DoNotWrapExceptions, null, arguments, null);
            Assert.Equal(parameter, Assert.Throws<ArgumentNullException>(call).ParamName);
            Assert.Equal(0, group.GetSnapshot().Entries[0].RunningCount);
            Assert.Equal(CancellationReason.None, group.CancellationReason);
            return Task.CompletedTask;
        });
        Assert.Equal(0, _invoked);
    }

    [Fact]
    public void Required_OfThePublicSurface_IsWhole()
    {
        string[] members = [.. Members().Select(member => member.Name).Distinct().Order(StringComparer.Ordinal)];

        Assert.Equal(
            ["AllAsync", "ForEachAsync", "MapAsync", "RaceAsync", "Run", "RunAsync", "RunGroupAsync", "RunOrDefault", "StartAsync",
                "StreamAsync", "TryRun"],
            members);
    }

    // Type parameters become int: a value of theirs is never null.
    private static IEnumerable<MethodInfo> Members() =>
        new[] { typeof(TaskGroup), typeof(ITaskGroup), typeof(TaskGroupExtensions) }
            .SelectMany(
                type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => !method.IsSpecialName && method.GetParameters().Length > 0)
            .Select(method => method.IsGenericMethodDefinition
                ? method.MakeGenericMethod([.. method.GetGenericArguments().Select(_ => typeof(int))])
                : method)
            .DistinctBy(method => method.ToString());

    private static bool IsRequired(ParameterInfo parameter) =>
        !parameter.ParameterType.IsValueType && new NullabilityInfoContext().Create(parameter).WriteState != NullabilityState.Nullable;

    private static object? Valid(ParameterInfo parameter, ITaskGroup group) => parameter.ParameterType switch
    {
        { } type when type == typeof(ITaskGroup) => group,
        { } type when type == typeof(TaskGroupOptions) => new TaskGroupOptions(),
        { } type when type == typeof(string) => "name",
        { } type when type == typeof(IEnumerable<int>) => new[] { 1 },
        { } type when type == typeof(IAsyncEnumerable<int>) => AsyncEnumerable.Repeat(1, 1),
        { IsValueType: true } type => Nullable.GetUnderlyingType(type) is null ? Activator.CreateInstance(type) : null,
        { } type when type.IsAssignableTo(typeof(Delegate)) => Delegate(type),
        { IsGenericType: true } type => OneOf(type.GetGenericArguments()[0]),
        { } type => throw new NotSupportedException(type.ToString()),
    };

    private static Array OneOf(Type element)
    {
        Array array = Array.CreateInstance(element, 1);
        array.SetValue(Delegate(element), 0);
        return array;
    }

    private static Delegate Delegate(Type type)
    {
        MethodInfo invoke = type.GetMethod("Invoke")!;
        return Expression.Lambda(
            type,
            Expression.Block(Expression.Call(typeof(ArgumentTests), nameof(NoteInvoked), null), Expression.Default(invoke.ReturnType)),
            [.. invoke.GetParameters().Select(each => Expression.Parameter(each.ParameterType))]).Compile();
    }

    private static void NoteInvoked() => Interlocked.Increment(ref _invoked);
}
