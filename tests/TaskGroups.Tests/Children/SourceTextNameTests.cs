using TaskGroups.Testing;

namespace TaskGroups.Tests;

// A name that is source text is shown without what its literals hold: the default name is the text of the lambda (A14).
public sealed class SourceTextNameTests
{
    private const string Raw = "\"\"\"";

    // The head goes: parameters, modifiers, attributes, types, the arrow; of a lambda that yields a lambda both heads.
    [Theory]
    [InlineData("ct => prices.GetAsync(id, ct)", "prices.GetAsync(id, ct)")]
    [InlineData("_=>Work()", "Work()")]
    [InlineData("@class => Work(@class)", "Work(@class)")]
    [InlineData("static ct => Work(ct)", "Work(ct)")]
    [InlineData("  async  static ct\r\n    =>\r\n    Work(ct)", "Work(ct)")]
    [InlineData("async ct => { await Work(ct); }", "{ await Work(ct); }")]
    [InlineData("(state, ct) => Work(state)", "Work(state)")]
    [InlineData("(Db db, CancellationToken ct) => db.SaveAsync(ct)", "db.SaveAsync(ct)")]
    [InlineData("static async (Dictionary<string, int[]>? map, (int, int) pair) => Work()", "Work()")]
    [InlineData("([NotNull] string s = \"secret\", int n = 3) => Work()", "Work()")]
    [InlineData("[Obsolete(\"secret\")] async (ct) => Work()", "Work()")]
    [InlineData("async Task<List<int>> (CancellationToken ct) => Work()", "Work()")]
    [InlineData("int? (ct) => Work()", "Work()")]
    [InlineData("global::System.Int32 (ct) => Work()", "Work()")]
    [InlineData("outer => inner => Work()", "Work()")]
    [InlineData("ct => source.Select(x => x.Y)", "source.Select(x => x.Y)")]
    [InlineData("ct => kind switch { 1 => One(), _ => Other() }", "kind switch { 1 => One(), _ => Other() }")]
    [InlineData("ct =>", "child")]
    [InlineData("async (a, b) => ", "child")]
    [InlineData("=>", "child")]
    public Task Name_OfALambda_IsItsBody(string text, string shown) => AssertShownAsync(text, shown);

    // What is no lambda has no head.
    [Theory]
    [InlineData("Make(\"secret\", x => x)", "Make(…, x => x)")]
    [InlineData("kind switch { 1 => first, _ => second }", "kind switch { 1 => first, _ => second }")]
    [InlineData("isSlow ? ct => A(ct) : ct => B(ct)", "isSlow ? ct => A(ct) : ct => B(ct)")]
    [InlineData("HTTP: GET /orders => GetOrder", "HTTP: GET /orders => GetOrder")]
    [InlineData("delegate (CancellationToken ct) { return Work(\"secret\"); }", "delegate (CancellationToken ct) { return Work(…); }")]
    [InlineData("isSlow ? (a) => A() : (b) => B()", "isSlow ? (a) => A() : (b) => B()")]
    [InlineData("orders and prices => carts", "orders and prices => carts")]
    [InlineData("prices", "prices")]
    [InlineData("a = b", "a = b")]
    [InlineData("it's 5 o'clock // now", "it's 5 o'clock // now")]
    public Task Name_OfAnythingElse_StaysWithoutItsLiterals(string text, string shown) => AssertShownAsync(text, shown);

    // Numbers stay; text in quotes of any kind goes, with what is in its holes.
    [Theory]
    [InlineData("ct => Work(17, 2.5e3)", "Work(17, 2.5e3)")]
    [InlineData("ct => Work(\"secret\", \"\", a)", "Work(…, …, a)")]
    [InlineData("ct => Work(\"secret \\\" secret\\\\\", a)", "Work(…, a)")]
    [InlineData("ct => Work(@\"C:\\\", a)", "Work(…, a)")]
    [InlineData("ct => Work(@\"secret \"\" secret\", a)", "Work(…, a)")]
    [InlineData("ct => Work(\"secret\"u8, 'x', '\\'', '\"', '\\u0041', a)", "Work(…u8, …, …, …, …, a)")]
    [InlineData("ct => Work($\"secret {id} secret\", a)", "Work(…, a)")]
    [InlineData("ct => Work($\"secret {{ secret\", a)", "Work(…, a)")]
    [InlineData("ct => Work($\"{Get(\"secret\")} secret\", a)", "Work(…, a)")]
    [InlineData("ct => Work($\"{(x ? \"secret}\" : $\"{y}secret\")} secret\", a)", "Work(…, a)")]
    [InlineData("ct => Work($\"{map[\"secret\"]}{new { A = '}' }}\", a)", "Work(…, a)")]
    [InlineData("ct => Work($\"{when:HH\\\"mm} secret\", a)", "Work(…, a)")]
    [InlineData("ct => Work($\"{global::X.Secret /* } */}\", a)", "Work(…, a)")]
    [InlineData("ct => Work($@\"secret {x} \"\" secret\", @$\"{y:\"\"}\", a)", "Work(…, …, a)")]
    [InlineData("ct => Work(" + Raw + "secret \" \"\" secret" + Raw + ", a)", "Work(…, a)")]
    [InlineData("ct => Work(" + Raw + "\n  secret\n  " + Raw + ", a)", "Work(…, a)")]
    [InlineData("ct => Work(\"" + Raw + "secret " + Raw + " secret\"" + Raw + ", a)", "Work(…, a)")]
    [InlineData("ct => Work($" + Raw + "{Get(\"secret\")} secret" + Raw + ", a)", "Work(…, a)")]
    [InlineData("ct => Work($$" + Raw + "{secret} {{Get(" + Raw + "secret" + Raw + ")}} secret" + Raw + ", a)", "Work(…, a)")]
    [InlineData("ct => Work($" + Raw + "{when:HH\"mm} secret" + Raw + ", a)", "Work(…, a)")]
    [InlineData("ct => /* \"secret */ Work(a) // secret", "Work(a)")]
    [InlineData("ct => A( // it's \"secret\n    b)", "A( b)")]
    public Task Name_WhichQuotes_DoesNotShowTheText(string text, string shown) => AssertShownAsync(text, shown);

    // Text that is no C#: what follows a quote that nothing closes is not shown.
    [Theory]
    [InlineData("\"", "…")]
    [InlineData("\"secret", "…")]
    [InlineData("ct => Work(\"secret", "Work(…")]
    [InlineData("ct => Work(\"secret\\", "Work(…")]
    [InlineData("ct => Work(@\"secret\"\"", "Work(…")]
    [InlineData("ct => Work($\"{", "Work(…")]
    [InlineData("ct => Work($\"{secret:", "Work(…")]
    [InlineData("ct => Work($\"{secret:\\", "Work(…")]
    [InlineData("ct => Work($\"{secret:\", a)", "Work(…, a)")]
    [InlineData("ct => Work($\"{secret::", "Work(…")]
    [InlineData("ct => Work(" + Raw + "secret", "Work(…")]
    [InlineData("ct => Work(" + Raw, "Work(…")]
    [InlineData("ct => Work($" + Raw + "{secret", "Work(…")]
    [InlineData("ct => Work('secret", "Work(…")]
    [InlineData("ct => Work('\\", "Work(…")]
    [InlineData("ct => Bob's secret", "Bob…")]
    [InlineData("ct => Work($@$)", "Work($@$)")]
    [InlineData("ct => /* secret", "child")]
    [InlineData("ct => a) ] } /", "a) ] } /")]
    [InlineData("\u202e\"\u0007\r\n", "…")]
    [InlineData("ct => a\u202Eb\u0007c", "abc")]
    public Task Name_WhichIsOddText_EndsAtTheQuote(string text, string shown) => AssertShownAsync(text, shown);

    // At most 60, an ellipsis among them: never half a character, and no blank or second ellipsis before it.
    [Theory]
    [InlineData(60, "", 60, "")]
    [InlineData(60, "y", 59, "…")]
    [InlineData(58, "  yy", 58, "…")]
    [InlineData(58, "\U0001F600z", 58, "…")]
    [InlineData(58, "\"secret\"zz", 58, "…")]
    [InlineData(5_000, "", 59, "…")]
    public Task Name_WhichIsLongText_IsCut(int length, string rest, int shown, string end) =>
        AssertShownAsync($"ct => {new string('x', length)}{rest}", new string('x', shown) + end);

    // Holes in holes, as deep as a text can have them: no stack ends the process.
    [Fact]
    public Task Name_WithStringsInStringsWithoutEnd_IsCutThere() =>
        AssertShownAsync($"ct => Work({string.Concat(Enumerable.Repeat("$\"{", 100_000))}", "Work(…");

    // What is shown is not changed by being shown again: names go from children to the groups of their scopes.
    [Fact]
    public async Task Name_OfAGroup_IsShownTheSameWay()
    {
        const string Text = "outer => inner => Work(\"secret\", 'x', x => { /* secret */ return x; }, anotherArgument, yetAnother)";
        string shown = await TaskGroup.RunAsync(group => Task.FromResult(group.Name), new TaskGroupOptions { Name = Text });
        string again = await TaskGroup.RunAsync(group => Task.FromResult(group.Name), new TaskGroupOptions { Name = shown });

        Assert.Equal("Work(…, …, x => { return x; }, anotherArgument, yetAnother)", shown);
        Assert.Equal(shown, again);
    }

    // Each surface of the core: snapshot, observers, refusals, timeouts, cancellations.
    [Fact]
    public async Task Name_WhereverItIsShown_ShowsNoLiteral()
    {
        RecordingObserver observer = new();
        ManualClock clock = new();
        Gate gate = new();
        ITaskGroup? kept = null;
        var seen = new List<string>();
        Task run = TaskGroup.RunAsync(
            async group =>
            {
                kept = group;
                Task slow = group.Run(_ => WaitAsync("secret"));
                group.Run(_ => WaitAsync("secret, which waits"));
                seen.AddRange(group.GetSnapshot().Entries.Select(each => each.Name));
                seen.Add(Assert.Throws<TaskGroupFullException>(RunAgain).Message);
                clock.Advance(TimeSpan.FromSeconds(1));
                await observer.WaitForAsync<ObserverEvent.GroupCanceled>();
                clock.Advance(TimeSpan.FromSeconds(5));
                await observer.WaitForAsync<ObserverEvent.ChildStraggling>();
                gate.Open();
                await slow;
                group.CancellationToken.ThrowIfCancellationRequested();
            },
            new TaskGroupOptions
            {
                Timeout = TimeSpan.FromSeconds(1),
                MaxConcurrency = 1,
                MaxWaiting = 1,
                TimeProvider = clock,
                Observer = observer,
            });
        seen.Add((await Assert.ThrowsAsync<TimeoutException>(() => run)).Message);
        seen.Add(Assert.Throws<InvalidOperationException>(RunAgain).Message);

        Task failed = TaskGroup.RunAsync(
            async group =>
            {
                await Assert.ThrowsAsync<InvalidTimeZoneException>(() => group.Run(_ => FailAsync("secret, which fails")));
                await group.Run(_ => WaitAsync("never invoked"));
            },
            new TaskGroupOptions { Observer = observer });
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => failed);
        Task refused = TaskGroup.RunAsync(async group =>
        {
            await Assert.ThrowsAsync<InvalidTimeZoneException>(() => group.Run(_ => FailAsync("secret, which fails")));
            seen.Add((await Assert.ThrowsAsync<OperationCanceledException>(() => group.Run(_ => WaitAsync("secret")))).Message);
        }, new TaskGroupOptions { TrackChildren = true });
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => refused);
        seen.AddRange(observer.Events.Select(each => each.ToString()!));

        Assert.Contains("WaitAsync(…)", seen);
        Assert.Contains(seen, each => each.Contains("the child 'FailAsync(…)' failed", StringComparison.Ordinal));
        Assert.Contains(seen, each => each.Contains("so 'WaitAsync(…)' was not started", StringComparison.Ordinal));
        Assert.DoesNotContain(seen, each => each.Contains("secret", StringComparison.Ordinal));

        void RunAgain() => kept!.Run(_ => WaitAsync("secret, refused"));
        Task WaitAsync(string what) => what.Length > 0 ? gate.WaitAsync(CancellationToken.None) : Task.CompletedTask;
        static Task FailAsync(string what) => Task.FromException(new InvalidTimeZoneException($"{what.Length}"));
    }

    private static async Task AssertShownAsync(string text, string shown)
    {
        RecordingObserver observer = new();
        await TaskGroup.RunAsync(
            async group =>
            {
                await group.Run(_ => Task.CompletedTask, text);
                await group.Run(_ => Task.CompletedTask, Assert.Single(observer.Of<ObserverEvent.ChildCompleted>()).Name);
            },
            new TaskGroupOptions { Observer = observer });
        Assert.Equal([shown, shown], observer.Of<ObserverEvent.ChildStarted>().Select(each => each.Name));
    }
}
