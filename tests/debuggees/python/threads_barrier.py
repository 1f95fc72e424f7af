"""Phases with a Barrier and an Event: who arrives last differs; one barrier is broken by a timeout."""
import threading

PARTIES = 4
last, order = [], []
barrier = threading.Barrier(PARTIES, action=lambda: last.append(threading.current_thread().name))
go = threading.Event()


def phases(number):
    go.wait()
    for phase in range(4):
        order.append((phase, number))
        barrier.wait()


threads = [threading.Thread(target=phases, args=(number,), name="phase-%d" % number) for number in range(PARTIES)]
for thread in threads:
    thread.start()
go.set()
for thread in threads:
    thread.join()
lonely = threading.Barrier(2)
try:
    lonely.wait(timeout=0.003)
except threading.BrokenBarrierError:
    print("broken", lonely.broken)
print(len(last), [phase for phase, _ in order] == sorted(phase for phase, _ in order))
