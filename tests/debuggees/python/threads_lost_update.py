"""Four threads add to one counter without a lock: updates are lost, as many as the schedule has it."""
import threading

counter = 0
ROUNDS = 5000


def think():
    pass


def add(times):
    global counter
    for _ in range(times):
        seen = counter
        think()
        counter = seen + 1


workers = [threading.Thread(target=add, args=(ROUNDS,), name="adder-%d" % n) for n in range(4)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
print("counter", counter, "lost", 4 * ROUNDS - counter)
