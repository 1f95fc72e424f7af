"""Generators, yield from, closures, comprehensions, lambdas, itertools, sorting by key, walrus."""
import itertools


def numbers(limit):
    try:
        for value in range(limit):
            yield value
    finally:
        print("numbers closed")


def chunks(source, size):
    iterator = iter(source)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def flatten(nested):
    for item in nested:
        if isinstance(item, list):
            yield from flatten(item)
        else:
            yield item


def averager():
    total = count = 0
    average = None
    while True:
        value = yield average
        if value is None:
            return total
        total += value
        count += 1
        average = total / count


def counter(start):
    value = start

    def bump(by=1):
        nonlocal value
        value += by
        return value

    return bump


groups = list(chunks(numbers(11), 3))
print(groups)
flat = list(flatten([groups, [[-1], -2]]))
ordered = sorted(flat, key=lambda value: (value % 3, -value))
print(ordered)
mean = averager()
next(mean)
for value in ordered:
    latest = mean.send(value)
try:
    mean.send(None)
except StopIteration as stop:
    print("total", stop.value, "mean", latest)
bump = counter(10)
print([bump(step) for step in (1, 2, 3)], {value: value * value for value in flat if value % 2})
first_big = next(value for value in numbers(100) if value > 5)
print(first_big)
