using System.Diagnostics;
using System.Globalization;

namespace TaskGroups.Benchmarks;

/// <summary>A program in another language that does the same: it prints one line for each figure, name and nanoseconds per child.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Folder">Where it lies, under benchmarks/peers.</param>
/// <param name="Tool">The command that must be installed.</param>
/// <param name="Script">How a shell builds and runs it in that folder.</param>
internal sealed record Peer(string Name, string Folder, string Tool, string Script)
{
    public static IReadOnlyList<Peer> All { get; } =
    [
        new("tokio JoinSet", "tokio", "cargo", "cargo run --quiet --release --offline"),
        new("Go errgroup", "go", "go", "GO111MODULE=off GOPATH=/usr/share/gocode go run main.go"),
        new("Node Promise.all", "node", "node", "node main.mjs"),
        new("Python asyncio.TaskGroup", "python", "python3", "python3 main.py"),
    ];

    /// <summary>Runs the program.</summary>
    /// <returns>The figures by name; or why there are none.</returns>
    public async Task<(IReadOnlyDictionary<string, double> Figures, string? Missing)> RunAsync(string peers)
    {
        if (await ShellAsync(peers, $"command -v {Tool}") is (not 0, _))
        {
            return (new Dictionary<string, double>(), $"{Tool} is not installed");
        }

        (int exitCode, string output) = await ShellAsync(Path.Combine(peers, Folder), Script);
        if (exitCode != 0)
        {
            return (new Dictionary<string, double>(), $"it ended with exit code {exitCode}");
        }

        return (output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToDictionary(
            words => words[0], words => double.Parse(words[1], CultureInfo.InvariantCulture)), null);
    }

    private static async Task<(int ExitCode, string Output)> ShellAsync(string folder, string script)
    {
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", script])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = shell.StandardError.ReadToEndAsync();
        string output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        if (shell.ExitCode != 0)
        {
            await Console.Error.WriteAsync(await errors);
        }

        return (shell.ExitCode, output);
    }
}
