using System.Net;
using System.Net.Mime;
using System.Text;

namespace SampleApi;

/// <summary>The page at <c>/</c>: a link to everything that the sample shows.</summary>
internal static class StartPage
{
    private static readonly (string Heading, (string Path, string Text)[] Links)[] Sections =
    [
        ("The shop",
        [
            ("/products/3", "a page: the database and three services at the same time"),
            ("/products/3?break=stock&slow=prices:1500", "one service fails, and the call to the other is canceled"),
            ("/products/3?slow=prices:5000", "the limit of two seconds"),
            ("/products/3?break=reviews", "a service that the page can do without"),
            ("/products?ids=3,1,99999,2", "many pages, eight at a time"),
            ("/quotes/3", "a race of two carriers"),
            ("/orders/5000", "an order: two queries at the same time (POST /orders places one)"),
            ("/exports/orders.csv?count=200", "rows that are written while the prices of later ones are looked up"),
        ]),
        ("What is behind it",
        [
            ("/taskgroups", "what runs in this process, and what has just ended (outside Development only with the key of the operators)"),
            ("/jobs", "the jobs, newest first: receipts that wait, run, have been sent or failed (for operators as well)"),
            ("/upstream/calls", "how the calls to the simulated services ended"),
            ("/health/live", "whether the process answers"),
            ("/health/ready", "whether it should be sent requests"),
            ("/openapi/v1.json", "the description of all endpoints"),
        ]),
    ];

    public static void MapStartPage(this IEndpointRouteBuilder app)
    {
        string page = Render();
        app.MapGet("/", () => TypedResults.Content(page, MediaTypeNames.Text.Html, Encoding.UTF8)).ExcludeFromDescription();
    }

    private static string Render()
    {
        StringBuilder html = new("""
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Storefront</title></head>
            <body>
            <h1>Storefront</h1>
            <p>The sample of TaskGroups. Each link is one lesson; docs/tour.md tells what to look at.</p>

            """);
        foreach ((string heading, (string Path, string Text)[] links) in Sections)
        {
            html.Append("<h2>").Append(heading).Append("</h2>\n<ul>\n");
            foreach ((string path, string text) in links)
            {
                string encoded = WebUtility.HtmlEncode(path);
                html.Append("<li><a href=\"").Append(encoded).Append("\">").Append(encoded).Append("</a>: ").Append(text).Append("</li>\n");
            }

            html.Append("</ul>\n");
        }

        return html.Append("</body>\n</html>\n").ToString();
    }
}
