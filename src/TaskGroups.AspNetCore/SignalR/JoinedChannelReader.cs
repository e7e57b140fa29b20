using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace TaskGroups.AspNetCore;

/// <summary>A channel that a hub's method has returned. Its end is that of the invocation, whose group is joined then.</summary>
/// <remarks>
/// One reader at a time. A child that fails ends the stream, also one that has not completed the channel's writer: nothing is waited for
/// that cannot come.
/// </remarks>
internal sealed class JoinedChannelReader<T>(ChannelReader<T> source, HubInvocation invocation) : ChannelReader<T>
{
    private CancellationTokenRegistration? _registration; // null until the first wait

    public override Task Completion => source.Completion;

    public override bool CanCount => source.CanCount;

    public override bool CanPeek => source.CanPeek;

    public override int Count => source.Count;

    public override bool TryRead([MaybeNullWhen(false)] out T item) => source.TryRead(out item);

    public override bool TryPeek([MaybeNullWhen(false)] out T item) => source.TryPeek(out item);

    public override async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        _registration ??= invocation.Follow(cancellationToken);
        Exception? failure = null;
        try
        {
            if (await source.WaitToReadAsync(invocation.CancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && TryPeek(out _))
        {
            return true; // what a child has written comes before its failure (R9)
        }
        catch (Exception exception)
        {
            // The body's failure: the join says what comes of it.
            failure = exception;
        }

        await _registration.Value.DisposeAsync().ConfigureAwait(false);
        await invocation.EndAsync(failure).ConfigureAwait(false);
        return false;
    }
}
