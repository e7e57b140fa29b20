using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace SampleApi.Tests;

/// <summary>Does something right before the first query whose text contains a fragment goes to the database.</summary>
internal sealed class BeforeCommand(string fragment, Action act) : DbCommandInterceptor
{
    private int _done;

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result,
        CancellationToken cancellationToken = default)
    {
        if (command.CommandText.Contains(fragment, StringComparison.Ordinal) && Interlocked.Exchange(ref _done, 1) == 0)
        {
            act();
        }

        return base.ReaderExecutingAsync(command, eventData, result, cancellationToken);
    }
}
