namespace Worker;

internal sealed class Mailer(Ledger ledger)
{
    public async Task ConfirmAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        ledger.AddConfirmed();
    }
}
