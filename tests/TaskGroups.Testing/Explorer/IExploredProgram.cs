namespace TaskGroups.Testing;

/// <summary>
/// A program whose schedules an <see cref="Explorer"/> runs. A fresh one is made for each schedule; all of it runs one step at a time.
/// </summary>
public interface IExploredProgram
{
    /// <summary>
    /// Whether each operation is a step. If not, a read and the CompareExchange that follows it in the same loop are one step, as they are
    /// in effect
    /// whenever the CompareExchange succeeds; what comes before a lock is one step with what happens under it; and user code is part of the
    /// step before it.
    /// </summary>
    bool IsFine { get; }

    /// <summary>Adds the actors with which the program starts.</summary>
    void Start(Explorer explorer);

    /// <summary>The invariant: throws if it does not hold. Called after every step.</summary>
    void Check();

    /// <summary>The oracle: throws if the program ended wrongly. Called when no actor can go on.</summary>
    void Verify();

    /// <summary>
    /// Sums up what the actors share and the explorer cannot see. Two schedules that lead to the same actors' positions, locks and
    /// fingerprint must
    /// have the same future, else pruning loses schedules.
    /// </summary>
    ulong Fingerprint();

    /// <summary>What came out, for comparing sets of outcomes.</summary>
    string Outcome { get; }
}
