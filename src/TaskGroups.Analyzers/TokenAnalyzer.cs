using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TaskGroups.Analyzers;

/// <summary>TG0001: a child calls something that takes a token, and gives it none, or another one.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class TokenAnalyzer : GroupAnalyzer
{
    public const string Id = "TG0001";

    /// <summary>The property of a diagnostic that names the child's token.</summary>
    public const string Token = nameof(Token);

    /// <summary>The property of a diagnostic that names the parameter for the token.</summary>
    public const string Parameter = nameof(Parameter);

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        title: "Pass the child's token on",
        messageFormat: "'{0}' does not get the child's token: it goes on when the group is canceled",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "A group cancels a child through the token that it gives to the child's delegate. A call that does not get it " +
            "cannot be canceled, and the group waits for it.",
        helpLinkUri: "docs/analyzers/TG0001.md");

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    protected override void Register(CompilationStartAnalysisContext context, KnownSymbols symbols) =>
        context.RegisterOperationAction(operation => Analyze(operation, symbols), OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context, KnownSymbols symbols)
    {
        if (GroupCall.Find(context.Operation, symbols) is not { } call)
        {
            return;
        }

        foreach (IAnonymousFunctionOperation work in call.Delegates)
        {
            if (!GroupMethods.IsWork(work.Symbol, symbols))
            {
                continue;
            }

            foreach (IOperation operation in work.OwnOperations(symbols))
            {
                if (operation is IInvocationOperation inner)
                {
                    Check(context, inner, work, symbols);
                }
            }
        }
    }

    private static void Check(
        OperationAnalysisContext context, IInvocationOperation call, IAnonymousFunctionOperation work, KnownSymbols symbols)
    {
        // What starts children of a group has the group's own token.
        if (symbols.KindOf(call.TargetMethod) is GroupCallKind.Child or GroupCallKind.Combinator)
        {
            return;
        }

        IParameterSymbol token = work.Symbol.Parameters[work.Symbol.Parameters.Length - 1];
        ImmutableArray<IArgumentOperation> tokens = [.. call.Arguments.Where(argument => symbols.IsToken(argument.Parameter?.Type))];
        if (tokens.FirstOrDefault(argument => argument.ArgumentKind == ArgumentKind.Explicit) is { } passed)
        {
            if (tokens.Length == 1 && IsOfAnother(passed.Value.Unwrap(), work, symbols)
                && !call.TargetMethod.ContainingType.IsExactly(symbols.CancellationTokenSource))
            {
                Report(context, passed.Value.Syntax.GetLocation(), call, token, parameter: null);
            }
        }
        else if (IsCancelable(call, symbols) && !IsCleanUp(call, work))
        {
            string? parameter = tokens.FirstOrDefault()?.Parameter?.Name
                ?? TokenOverload.Find(call, context.ContainingSymbol, symbols)?.Name;
            if (parameter is not null)
            {
                Report(context, call.FindNameLocation(), call, token, parameter);
            }
        }
    }

    private static bool IsCancelable(IInvocationOperation call, KnownSymbols symbols) =>
        (symbols.IsTask(call.Type) || symbols.IsAsyncEnumerable(call.Type))
        && !call.TargetMethod.ContainingType.IsExactly(symbols.TaskFactory)
        && !(call.TargetMethod.ContainingType.IsExactly(symbols.Task) && call.TargetMethod.Name is "Run" or "ContinueWith");

    // What a catch or finally undoes is meant to run to its end.
    private static bool IsCleanUp(IOperation call, IOperation work)
    {
        for (IOperation current = call; current != work && current.Parent is { } parent; current = parent)
        {
            if (parent is ICatchClauseOperation || (parent is ITryOperation @try && @try.Finally == current))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsOfAnother(IOperation value, IAnonymousFunctionOperation work, KnownSymbols symbols) => value switch
    {
        IParameterReferenceOperation { Parameter: var parameter } =>
            parameter.IsDeclaredOutside(work) && parameter.ContainingSymbol is IMethodSymbol { MethodKind: not MethodKind.Constructor },
        IPropertyReferenceOperation { Property: { Name: "RequestAborted" or "ConnectionAborted" } property } =>
            symbols.RequestTypes.Any(type => property.ContainingType.IsExactly(type)),
        _ => false,
    };

    private static void Report(
        OperationAnalysisContext context, Location location, IInvocationOperation call, IParameterSymbol token, string? parameter) =>
        context.ReportDiagnostic(Diagnostic.Create(
            Rule,
            location,
            ImmutableDictionary<string, string?>.Empty.Add(Token, token.IsDiscard ? "_" : token.Name).Add(Parameter, parameter),
            call.TargetMethod.Name));
}
