namespace TaskGroups.AspNetCore;

/// <summary>A stream of a hub's method. Its end is that of the invocation, whose group is joined then.</summary>
/// <remarks>
/// The source is given the token of the group, which fires when the client has gone or ends the stream, when a child fails, and when time
/// is over: no item is waited for that cannot come.
/// </remarks>
internal sealed class JoinedStream<T>(IAsyncEnumerable<T> source, HubInvocation invocation) : IAsyncEnumerable<T>
{
    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        using CancellationTokenRegistration registration = invocation.Follow(cancellationToken);
        IAsyncEnumerator<T> items = source.GetAsyncEnumerator(invocation.CancellationToken);
        Exception? failure = null;
        bool isMore = true;
        try
        {
            while (true)
            {
                try
                {
                    isMore = await items.MoveNextAsync().ConfigureAwait(false);
                }
                catch (Exception exception)
                {
                    // The body's failure: the join says what comes of it.
                    failure = exception;
                    isMore = false;
                }

                if (!isMore)
                {
                    break;
                }

                yield return items.Current;
            }
        }
        finally
        {
            if (isMore)
            {
                invocation.Cancel(); // the reader has stopped
            }

            try
            {
                await items.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (failure is null)
            {
                failure = exception;
            }

            await invocation.EndAsync(failure).ConfigureAwait(false);
        }
    }
}
