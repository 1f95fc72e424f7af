"""Tight nested for loops with one short statement in them: the worst case for a statement clock. Argument: statements, roughly."""
import sys


def sieve(limit):
    flags = [True] * (limit + 1)
    for i in range(2, limit + 1):
        if flags[i]:
            for j in range(i * i, limit + 1, i):
                flags[j] = False
    return sum(flags)


def main(statements):
    total = 0
    for _ in range(max(1, statements // 420_000)):
        total += sieve(100_000)
    print(total)


main(int(sys.argv[1]))
