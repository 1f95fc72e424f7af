"""Recursion: calls and returns. Argument: statements, roughly."""
import sys


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def main(statements):
    total = 0
    n = 18
    for _ in range(max(1, statements // 20_000)):
        total += fib(n)
    print(total)


main(int(sys.argv[1]))
