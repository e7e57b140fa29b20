using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using TaskGroups;
using TaskGroups.Hosting;

namespace Ordinary;

public sealed class IndexModel(ITaskGroup tasks, IBackgroundTaskGroup background, ILogger<IndexModel> logger) : PageModel
{
    public IReadOnlyList<Customer> Customers { get; private set; } = [];

    public int InvoiceCount { get; private set; }

    [BindProperty]
    public string? Note { get; set; }

    public async Task OnGetAsync()
    {
        Task<List<Customer>> customers = tasks.RunScoped((BillingDb db, CancellationToken ct) => db.Customers.ToListAsync(ct));
        Task<int> count = tasks.RunScoped((BillingDb db, CancellationToken ct) => db.Invoices.CountAsync(ct));
        Customers = await customers;
        InvoiceCount = await count;
    }

    public IActionResult OnPost()
    {
        string? note = Note;
        background.RunScoped(async (IMailer mailer, CancellationToken ct) =>
        {
            await mailer.SendAsync("office", note ?? "", ct);
            logger.LogInformation("Sent");
        });
        return RedirectToPage();
    }
}
