"""Dataclasses, a heap and generators: an event simulation. Argument: statements, roughly."""
import heapq
import sys
from dataclasses import dataclass, field


@dataclass(order=True)
class Event:
    at: int
    kind: str = field(compare=False)
    customer: int = field(compare=False)


def arrivals(count):
    clock = 0
    for customer in range(count):
        clock += customer * 7919 % 13 + 1
        yield Event(clock, "arrive", customer)


def simulate(count):
    queue = []
    source = arrivals(count)
    pending = [next(source)]
    busy_until = served = longest = 0
    while pending:
        event = heapq.heappop(pending)
        if event.kind == "arrive":
            queue.append(event)
            longest = max(longest, len(queue))
            following = next(source, None)
            if following is not None:
                heapq.heappush(pending, following)
        else:
            served += 1
        if queue and event.at >= busy_until:
            customer = queue.pop(0)
            busy_until = event.at + customer.customer * 31 % 11 + 1
            heapq.heappush(pending, Event(busy_until, "leave", customer.customer))
    return served, longest


def main(statements):
    for _ in range(max(1, statements // 50_000)):
        result = simulate(2_400)
    print(result)


main(int(sys.argv[1]))
