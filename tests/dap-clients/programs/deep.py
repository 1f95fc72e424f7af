import sys

sys.setrecursionlimit(20000)
big = list(range(1000000))


def down(n):
    if n:
        return down(n - 1)
    return n


print(down(10000))
