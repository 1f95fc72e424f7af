"""Dictionary counting and sorting with a key function. Argument: statements, roughly."""
import sys


def main(statements):
    text = ("the quick brown fox jumps over the lazy dog " * 50).split()
    for _ in range(statements // 1380):
        counts = {}
        for word in text:
            if word in counts:
                counts[word] += 1
            else:
                counts[word] = 1
        best = sorted(counts.items(), key=lambda item: -item[1])
    print(best[0])


main(int(sys.argv[1]))
