using BenchmarkDotNet.Attributes;

namespace TaskGroups.Benchmarks;

/// <summary>Single figures, by BenchmarkDotNet: nanoseconds and bytes for a whole group.</summary>
[MemoryDiagnoser]
public class SingleFigures
{
    private Contender _group = null!;
    private Contender _whenAll = null!;
    private Contender _correct = null!;

    [Params(1, 16, 256)]
    public int Children { get; set; }

    [Params(true, false)]
    public bool Suspends { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Func<CancellationToken, Task> work = Suspends ? Work.Suspends : Work.EndsAtOnce;
        _group = ByGroup.Inline(work);
        _whenAll = ByHand.WhenAll(work);
        _correct = ByHand.Correct(work);
    }

    [Benchmark(Baseline = true)]
    public Task WhenAll() => _whenAll.RunAsync(Children);

    [Benchmark]
    public Task Correct() => _correct.RunAsync(Children);

    [Benchmark]
    public Task Group() => _group.RunAsync(Children);
}
