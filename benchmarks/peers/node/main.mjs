// The benchmark's peer in JavaScript: prints nanoseconds per child, medians of 7 rounds.
const children = 100_000;

async function join() {
  const all = [];
  for (let i = 0; i < children; i++) {
    all.push((async () => { await Promise.resolve(); })());
  }
  await Promise.all(all);
}

// Promise.all cancels nobody: the careful version waits for all after it told them.
async function fail() {
  let cancel;
  const canceled = new Promise((_, reject) => { cancel = reject; });
  canceled.catch(() => {});
  const all = [];
  for (let i = 0; i < children; i++) {
    all.push((async () => { await canceled; })());
  }
  all.push((async () => { await Promise.resolve(); cancel(new Error('canceled')); throw new Error('failed'); })());
  const ended = await Promise.allSettled(all);
  if (ended.every(it => it.status === 'fulfilled')) throw new Error('nobody failed');
}

async function median(run) {
  const times = [];
  for (let round = 0; round < 8; round++) {
    const start = process.hrtime.bigint();
    await run();
    if (round > 0) times.push(Number(process.hrtime.bigint() - start) / children);
  }
  return times.sort((a, b) => a - b)[3].toFixed(1);
}

console.log(`join ${await median(join)}`);
console.log(`fail ${await median(fail)}`);
