"""Signals while threads run: the handler runs in the main thread, which waits for a lock, sleeps or computes."""
import signal
import threading
import time

seen, stop = [], threading.Event()


def handle(number, frame):
    seen.append((number, threading.current_thread().name))


def busy():
    count = 0
    while not stop.is_set():
        count += 1
    results.append(count > 0)


results = []
signal.signal(signal.SIGALRM, handle)
signal.signal(signal.SIGUSR1, handle)
worker = threading.Thread(target=busy)
worker.start()
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
lock = threading.Lock()
lock.acquire()
lock.acquire(timeout=0.01)
deadline = time.monotonic() + 5
while len(seen) < 4 and time.monotonic() < deadline:
    time.sleep(0.02)
signal.setitimer(signal.ITIMER_REAL, 0)
signal.pthread_kill(worker.ident, signal.SIGUSR1)
signal.raise_signal(signal.SIGUSR1)
while len([number for number, _ in seen if number == signal.SIGUSR1]) < 1:
    time.sleep(0.001)
stop.set()
worker.join()
print(len(seen) >= 5, {name for _, name in seen}, results)
