"""At most two of six threads are inside at once; RLock and BoundedSemaphore; acquiring with a timeout and without waiting."""
import threading
import time

places = threading.BoundedSemaphore(2)
again = threading.RLock()
inside, most, refused = 0, 0, 0


def enter(number):
    global inside, most, refused
    if not places.acquire(blocking=False):
        with again:
            refused += 1
        while not places.acquire(timeout=0.5):
            pass
    with again:
        with again:
            inside += 1
            most = max(most, inside)
    if number % 2:
        time.sleep(0.001)
    with again:
        inside -= 1
    places.release()


threads = [threading.Thread(target=enter, args=(number,)) for number in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
try:
    places.release()
except ValueError as error:
    print(error)
print(inside, most <= 2)
