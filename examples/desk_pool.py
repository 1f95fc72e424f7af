"""Shared desks in an office: people book a desk for the day, move, leave.

A simulation of a thousand days. On one of them it fails: two people are sent to the same desk.
The statement that is to blame ran long before, on another day, and did no visible harm at first.

    ./fred python examples/desk_pool.py
"""
import random

DESKS = 220
VISITORS = 25
DAYS = 1000
CLEANING_DAY = 60


class Office:
    """Every desk is either free or held by one person."""

    def __init__(self, desks):
        self.free = list(range(1, desks + 1))
        self.held = {}
        self.seated = {}
        self.log = []

    def book(self, person):
        if person in self.held:
            return self.held[person]
        self.held[person] = self.free.pop(0)
        self.note("book", person)
        return self.held[person]

    def move(self, person):
        """The person wants another desk: swap theirs for the one that has been free longest."""
        self.stand_up(person)
        self.free[0], self.held[person] = self.held[person], self.free[0]
        self.note("move", person)

    def release(self, person):
        self.stand_up(person)
        self.free.append(self.held.pop(person))
        self.note("release", person)

    def sit_down(self, person):
        desk = self.held[person]
        if desk in self.seated:
            raise RuntimeError(f"desk {desk}: {person} is sent to it, but {self.seated[desk]} sits there")
        self.seated[desk] = person

    def stand_up(self, person):
        self.seated.pop(self.held[person], None)

    def close_for_cleaning(self, person):
        """The cleaners need a desk now: its holder goes home early."""
        self.stand_up(person)
        self.free.append(self.held[person])
        self.note("cleaning", person)

    def note(self, what, person):
        self.log.append((what, person))
        if len(self.log) > 500:
            del self.log[:250]


class Day:
    """Who comes, and what happens."""

    def __init__(self, number, rng):
        self.number = number
        self.rng = rng
        self.people = [f"P{rng.randrange(2000):04d}" for _ in range(VISITORS)]

    def morning(self, office):
        for person in self.people:
            if person not in office.held:
                office.book(person)
                office.sit_down(person)

    def noon(self, office):
        for person in sorted(office.held):
            luck = self.rng.random()
            if luck < 0.10:
                office.move(person)
                office.sit_down(person)
            elif luck < 0.25:
                office.release(person)
        if self.number == CLEANING_DAY:
            office.close_for_cleaning(self.rng.choice(sorted(office.held)))

    def evening(self, office):
        for person in list(office.held):
            if self.rng.random() < 0.97:
                office.release(person)


def main():
    rng = random.Random(1990)
    office = Office(DESKS)
    busiest = 0
    for number in range(DAYS):
        day = Day(number, rng)
        day.morning(office)
        busiest = max(busiest, len(office.held))
        day.noon(office)
        day.evening(office)
    print(f"{DAYS} days, at most {busiest} of {DESKS} desks in use")


if __name__ == "__main__":
    main()
