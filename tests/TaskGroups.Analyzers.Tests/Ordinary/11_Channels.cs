using System.Threading.Channels;
using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

public sealed record Mail(string To, string Text);

public sealed class MailQueue
{
    private readonly Channel<Mail> _mails = Channel.CreateBounded<Mail>(100);

    public ValueTask EnqueueAsync(Mail mail, CancellationToken cancellationToken) => _mails.Writer.WriteAsync(mail, cancellationToken);

    public IAsyncEnumerable<Mail> ReadAllAsync(CancellationToken cancellationToken) => _mails.Reader.ReadAllAsync(cancellationToken);
}

public sealed class MailPump(MailQueue queue, IServiceScopeFactory scopes, ILogger<MailPump> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (Mail mail in queue.ReadAllAsync(stoppingToken))
        {
            try
            {
                using IServiceScope scope = scopes.CreateScope();
                await scope.ServiceProvider.GetRequiredService<IMailer>().SendAsync(mail.To, mail.Text, stoppingToken);
            }
            catch (Exception e)
            {
                logger.LogError(e, "Mail to {To} failed", mail.To);
            }
        }
    }
}

public static class Pipelines
{
    public static Task<int> CountAsync(Stream source, CancellationToken cancellationToken) => TaskGroup.RunAsync(async tasks =>
    {
        Channel<string> lines = Channel.CreateBounded<string>(16);
        tasks.Run(async ct =>
        {
            using StreamReader reader = new(source);
            while (await reader.ReadLineAsync(ct) is { } line)
            {
                await lines.Writer.WriteAsync(line, ct);
            }

            lines.Writer.Complete();
        });
        Task<int>[] counters = [.. Enumerable.Range(0, 4).Select(_ => tasks.Run(async ct =>
        {
            int count = 0;
            await foreach (string line in lines.Reader.ReadAllAsync(ct))
            {
                count += line.Length;
            }

            return count;
        }))];
        return (await Task.WhenAll(counters)).Sum();
    }, cancellationToken);
}
