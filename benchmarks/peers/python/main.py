"""The benchmark's peer in Python: prints nanoseconds per child, medians of 3 rounds."""
import asyncio
import statistics
import sys
import time

CHILDREN = 100_000


async def suspend():
    await asyncio.sleep(0)


async def block():
    await asyncio.Event().wait()


async def fail():
    await asyncio.sleep(0)
    raise ValueError("failed")


async def join_all():
    async with asyncio.TaskGroup() as group:
        for _ in range(CHILDREN):
            group.create_task(suspend())


async def fail_one():
    failures = 0
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(CHILDREN):
                group.create_task(block())
            group.create_task(fail())
    except* ValueError as group:
        failures = len(group.exceptions)
    assert failures == 1


def median(run):
    times = []
    for _ in range(3):
        start = time.perf_counter_ns()
        asyncio.run(run())
        times.append((time.perf_counter_ns() - start) / CHILDREN)
    return statistics.median(times)


if sys.version_info < (3, 11):
    sys.exit("asyncio.TaskGroup needs Python 3.11")
print(f"join {median(join_all):.1f}")
print(f"fail {median(fail_one):.1f}")
