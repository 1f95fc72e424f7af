"""Two producers and two consumers at a queue of a few places; which consumer gets what depends on the schedule."""
import queue
import random
import threading
import time

tasks = queue.Queue(maxsize=3)
taken = {}


def produce(first):
    for number in range(first, first + 30):
        tasks.put(number)
        if number % 7 == 0:
            time.sleep(random.random() * 0.002)


def consume(name):
    mine = taken[name] = []
    while True:
        number = tasks.get()
        if number is None:
            return
        mine.append(number)


consumers = [threading.Thread(target=consume, args=("consumer-%d" % n,), name="consumer-%d" % n) for n in range(2)]
producers = [threading.Thread(target=produce, args=(100 * n,), name="producer-%d" % n) for n in range(2)]
for thread in consumers + producers:
    thread.start()
for thread in producers:
    thread.join()
for _ in consumers:
    tasks.put(None)
for thread in consumers:
    thread.join()
print(sum(len(mine) for mine in taken.values()), {name: len(mine) for name, mine in taken.items()})
