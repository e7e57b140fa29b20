using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;

namespace TaskGroups.AspNetCore;

/// <summary>The files of the page, embedded in the assembly.</summary>
internal static class LivePageAssets
{
    private static readonly FrozenDictionary<string, byte[]> Files = Read();

    /// <summary>Finds a script or style by its file name.</summary>
    public static byte[]? Find(string name) => name == "page.html" ? null : Files.GetValueOrDefault(name);

    public static string ContentTypeOf(string name) =>
        name.EndsWith(".css", StringComparison.Ordinal) ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8";

    /// <summary>Makes the page: its addresses are relative to <paramref name="path"/>, so that a proxy may add a prefix.</summary>
    public static string MakePage(string path, TimeSpan refreshInterval)
    {
        string last = path[(path.LastIndexOf('/') + 1)..];
        string folder = last.Length == 0 ? "" : UrlEncoder.Default.Encode(last) + "/";
        return Encoding.UTF8.GetString(Files["page.html"])
            .Replace("{{base}}", folder, StringComparison.Ordinal)
            .Replace(
                "{{refreshMs}}", refreshInterval.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    private static FrozenDictionary<string, byte[]> Read()
    {
        const string Prefix = "LivePage/";
        Assembly assembly = typeof(LivePageAssets).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Prefix.Length..], name => ReadAll(assembly, name), StringComparer.Ordinal);
    }

    private static byte[] ReadAll(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
