namespace TaskGroups.Analyzers.Tests;

/// <summary>What the programs of the tests share.</summary>
internal static class Shop
{
    public const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Mvc;
        global using Microsoft.AspNetCore.Routing;
        global using Microsoft.AspNetCore.SignalR;
        global using Microsoft.EntityFrameworkCore;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;
        global using TaskGroups;
        global using TaskGroups.Hosting;
        global using Shop;
        """;

    public const string Types = """
        #nullable enable
        namespace Shop;

        public sealed class Order
        {
            public int Id { get; set; }
        }

        public class ShopDb : DbContext
        {
            public DbSet<Order> Orders => Set<Order>();
        }

        public sealed class Connection
        {
            public Task QueryAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
        }

        public interface IClient
        {
            Task<string> GetAsync(int id, CancellationToken cancellationToken = default);
            Task<string> FindAsync(int id);
            Task<string> FindAsync(int id, CancellationToken cancellationToken);
            Task SaveAsync(CancellationToken cancellationToken = default);
            Task PlainAsync();
            void Notify(CancellationToken cancellationToken = default);
        }
        """;

    // The statements stand in an asynchronous method that has everything at hand.
    public static string Method(string statements) => $$"""
        #nullable enable
        public static class Example
        {
            public static async Task RunAsync(
                ITaskGroup tasks,
                IBackgroundTaskGroup background,
                IJobs jobs,
                ShopDb db,
                IClient client,
                HttpClient http,
                HttpContext context,
                Polly.ResiliencePipeline pipeline,
                CancellationToken cancellationToken)
            {
                await Task.Yield();
        {{Indent(statements)}}
            }
        }
        """;

    private static string Indent(string statements) =>
        string.Join("\n", statements.Split('\n').Select(line => line.Length == 0 ? line : $"        {line}"));
}
