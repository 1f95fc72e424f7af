"""Timers that go off in any order, one that is cancelled, and one that starts the next."""
import threading
import time

fired = []
lock = threading.Lock()


def note(name):
    with lock:
        fired.append((name, threading.current_thread().name))


def chain(left):
    note("chain %d" % left)
    if left:
        following = threading.Timer(0.002, chain, (left - 1,))
        timers.append(following)
        following.start()


timers = [threading.Timer(0.004 - 0.001 * n, note, ("timer %d" % n,)) for n in range(3)]
cancelled = threading.Timer(5, note, ("never",))
timers.append(threading.Timer(0.001, chain, (3,)))
for timer in timers + [cancelled]:
    timer.start()
cancelled.cancel()
deadline = time.monotonic() + 5
while len(fired) < 7 and time.monotonic() < deadline:
    time.sleep(0.001)
for timer in timers + [cancelled]:
    timer.join()
names = sorted(name for name, _ in fired)
print(names)
