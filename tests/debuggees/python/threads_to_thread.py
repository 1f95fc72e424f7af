"""asyncio with threads: to_thread (from 3.9 on), run_in_executor, call_soon_threadsafe from a thread of its own."""
import asyncio
import random
import threading
import time


def work(number):
    time.sleep(random.random() * 0.003)
    return number * 2, threading.current_thread() is threading.main_thread()


async def main():
    loop = asyncio.get_running_loop()
    called = asyncio.Queue()
    threading.Thread(target=lambda: loop.call_soon_threadsafe(called.put_nowait, "from a thread")).start()
    results = await asyncio.gather(*(asyncio.to_thread(work, number) for number in range(6)))
    more = await loop.run_in_executor(None, sum, range(100))
    return results, more, await called.get()


outcome = asyncio.run(main())
print(outcome)
