using Npgsql;
using Quartz;

namespace TaskGroups.Jobs.Quartz;

/// <summary>Hands turns to the engine, in the transaction that gives the job its turn: both happen or neither.</summary>
internal sealed class Turns(Cluster cluster)
{
    /// <summary>Gives a job a turn, in a transaction of its own.</summary>
    /// <param name="move">The statement that makes the turn; <see langword="null"/> if there is none to be made.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Whether the statement did anything.</returns>
    public async Task<bool> AddAsync(Func<NpgsqlTransaction, Task<NewTurn?>> move, CancellationToken cancellationToken)
    {
        Cluster.Connected connected = await cluster.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await using NpgsqlConnection connection = await cluster.Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        if (await move(transaction).ConfigureAwait(false) is not { } turn)
        {
            return false;
        }

        await HandOverAsync(connected.Scheduler, transaction, turn, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Hands a turn to the engine in a transaction that the caller ends.</summary>
    public static async Task HandOverAsync(
        IScheduler scheduler, NpgsqlTransaction transaction, NewTurn turn, CancellationToken cancellationToken)
    {
        if (turn.IsWanted)
        {
            (IJobDetail job, ITrigger trigger) = ClusterSettings.Describe(turn);

            // Around the one call: what the caller does next is none of the engine's.
            using (scheduler.EnlistTransaction(transaction))
            {
                await scheduler.ScheduleJob(job, trigger, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes a turn away that is not wanted any more. Without it the turn would be fired, and found to be over.</summary>
    public async Task RemoveAsync(Turn turn, CancellationToken cancellationToken)
    {
        Cluster.Connected connected = await cluster.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await connected.Scheduler.DeleteJob(ClusterSettings.KeyOf(turn), cancellationToken).ConfigureAwait(false);
    }
}
