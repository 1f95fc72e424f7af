"""concurrent.futures: map, exceptions, cancelled futures, callbacks and a thread initializer; work that depends on the time."""
import concurrent.futures
import threading
import time

started, done = [], []


def begin():
    started.append(threading.current_thread().name)


def square(number):
    if number == 7:
        raise ValueError("seven")
    return number * number, time.perf_counter()


def slow():
    time.sleep(0.01)
    return "slow"


with concurrent.futures.ThreadPoolExecutor(3, thread_name_prefix="pool", initializer=begin) as pool:
    squares = [value for value, _ in pool.map(square, range(7))]
    failing = pool.submit(square, 7)
    futures = [pool.submit(slow) for _ in range(6)]
    for future in futures:
        future.add_done_callback(lambda each: done.append(each.cancelled()))
    cancelled = sum(future.cancel() for future in futures)
    first, _ = concurrent.futures.wait([failing] + futures, return_when=concurrent.futures.FIRST_COMPLETED)
print(squares, type(failing.exception()).__name__, len(done))
