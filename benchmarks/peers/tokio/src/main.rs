// The benchmark's peer in Rust: prints nanoseconds per child, medians of 7 rounds.
use std::time::Instant;
use tokio::sync::watch;
use tokio::task::JoinSet;

const CHILDREN: usize = 100_000;

async fn join() {
    let mut set = JoinSet::new();
    for _ in 0..CHILDREN {
        set.spawn(async { tokio::task::yield_now().await });
    }
    while let Some(ended) = set.join_next().await {
        ended.unwrap();
    }
}

// The first failure cancels the others, and all are waited for.
async fn fail() {
    let mut set: JoinSet<Result<(), ()>> = JoinSet::new();
    let (keep_open, receiver) = watch::channel(());
    for _ in 0..CHILDREN {
        let mut receiver = receiver.clone();
        set.spawn(async move { receiver.changed().await.map_err(|_| ()) });
    }
    set.spawn(async {
        tokio::task::yield_now().await;
        Err(())
    });
    while let Some(ended) = set.join_next().await {
        if let Ok(Err(())) = ended {
            set.abort_all();
        }
    }
    drop(keep_open);
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(|a, b| a.total_cmp(b));
    times[times.len() / 2]
}

#[tokio::main]
async fn main() {
    let mut joins = vec![];
    let mut fails = vec![];
    for round in 0..8 {
        let start = Instant::now();
        join().await;
        let joined = start.elapsed().as_nanos() as f64 / CHILDREN as f64;
        let start = Instant::now();
        fail().await;
        let failed = start.elapsed().as_nanos() as f64 / CHILDREN as f64;
        if round > 0 {
            joins.push(joined);
            fails.push(failed);
        }
    }
    println!("join {:.1}", median(joins));
    println!("fail {:.1}", median(fails));
}
