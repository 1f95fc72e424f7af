"""Integer arithmetic in a while loop with branches. Argument: statements, roughly."""
import sys


def main(statements):
    total = 0
    i = 0
    limit = statements // 4
    while i < limit:
        total += i * i % 7
        if total & 1:
            total ^= 3
        i += 1
    print(total)


main(int(sys.argv[1]))
