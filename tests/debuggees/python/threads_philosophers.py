"""Dining philosophers who all take the left fork first. With `polite` the last one takes the right one first; else they may wait for each other for ever."""
import sys
import threading

SEATS = 3
polite = "polite" in sys.argv
forks = [threading.Lock() for _ in range(SEATS)]
barrier = threading.Barrier(SEATS)
meals = [0] * SEATS


def dine(seat):
    first, second = forks[seat], forks[(seat + 1) % SEATS]
    if polite and seat == SEATS - 1:
        first, second = second, first
    for _ in range(2):
        if not polite:
            with first:
                barrier.wait()  # everybody has the first fork
                with second:
                    meals[seat] += 1
        else:
            with first:
                with second:
                    meals[seat] += 1


philosophers = [threading.Thread(target=dine, args=(seat,), name="philosopher-%d" % seat) for seat in range(SEATS)]
for philosopher in philosophers:
    philosopher.start()
for philosopher in philosophers:
    philosopher.join()
print("meals", meals)
