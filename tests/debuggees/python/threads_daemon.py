"""Daemon threads that never end: one counts, one sleeps, one waits at an empty queue. The program ends in the midst of them."""
import queue
import threading
import time

nothing = queue.Queue()
counts = {"ticks": 0, "naps": 0}
enough = threading.Event()


def count():
    while True:
        counts["ticks"] += 1
        if counts["ticks"] == 3000:
            enough.set()


def nap():
    while True:
        time.sleep(0.001)
        counts["naps"] += 1


for work in (count, nap, nothing.get):
    threading.Thread(target=work, daemon=True).start()
enough.wait()
seen = dict(counts)
print(seen["ticks"] >= 3000, threading.active_count())
