"""Thread-local data: each thread has its own, also of a class with an __init__; and what belongs to a thread goes with it."""
import threading
import weakref


class Mine(threading.local):
    def __init__(self):
        self.history = [threading.current_thread().name]


class Thing:
    pass


plain = threading.local()
mine = Mine()
results, gone = {}, []


def work(number):
    plain.value = number
    plain.thing = Thing()
    gone.append(weakref.ref(plain.thing))
    for step in range(20):
        mine.history.append(step * number)
        plain.value += step
    results[threading.current_thread().name] = (plain.value, mine.history[0], sum(mine.history[1:]))


threads = [threading.Thread(target=work, args=(number,), name="local-%d" % number) for number in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(results.items()))
print(hasattr(plain, "value"), [reference() for reference in gone], mine.history)
