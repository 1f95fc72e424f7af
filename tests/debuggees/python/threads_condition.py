"""A bounded buffer with a Condition: waiters, notify, notify_all and wait_for with a timeout."""
import threading

condition = threading.Condition()
buffer, log = [], []
ROOM, ITEMS = 2, 12


def put(name):
    for item in range(ITEMS):
        with condition:
            while len(buffer) >= ROOM:
                condition.wait()
            buffer.append((name, item))
            condition.notify_all()


def get():
    for _ in range(ITEMS):
        with condition:
            if not condition.wait_for(lambda: buffer, timeout=10):
                raise RuntimeError("nothing came")
            log.append(buffer.pop(0))
            condition.notify_all()


threads = [threading.Thread(target=put, args=(name,)) for name in "ab"] + [threading.Thread(target=get) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with condition:
    late = condition.wait(timeout=0.003)
print(len(log), late, sorted(set(log)) == sorted((name, item) for name in "ab" for item in range(ITEMS)))
