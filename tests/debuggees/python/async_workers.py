"""asyncio: tasks, queues, timeouts, async generators and context managers, cancellation."""
import asyncio


class Gate:
    async def __aenter__(self):
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, kind, value, trace):
        await asyncio.sleep(0)
        return False


async def ticker(count):
    for index in range(count):
        await asyncio.sleep(0.001)
        yield index


async def worker(name, jobs, done):
    while True:
        job = await jobs.get()
        async with Gate():
            await asyncio.sleep(0.001 * (job % 3))
            done.append((name, job))
        jobs.task_done()


async def main():
    jobs = asyncio.Queue()
    done = []
    workers = [asyncio.create_task(worker(f"w{index}", jobs, done)) for index in range(3)]
    async for index in ticker(9):
        await jobs.put(index)
    await jobs.join()
    for task in workers:
        task.cancel()
    outcome = await asyncio.gather(*workers, return_exceptions=True)
    try:
        await asyncio.wait_for(asyncio.sleep(5), 0.01)
    except asyncio.TimeoutError:
        outcome.append("timeout")
    return done, outcome


finished, endings = asyncio.run(main())
print(len(finished), sorted(job for _, job in finished))
print([type(ending).__name__ for ending in endings])
