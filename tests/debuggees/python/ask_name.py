"""Reads its standard input with input(), readline and iteration, and argparse from its arguments."""
import argparse
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--greeting", default="Hello")
parser.add_argument("--times", type=int, default=1)
options = parser.parse_args()
name = input("name? ")
for _ in range(options.times):
    print(f"{options.greeting}, {name}!")
colour = sys.stdin.readline().strip()
numbers = []
for line in sys.stdin:
    numbers += [int(word) for word in line.split() if word.isdigit()]
print(colour or "no colour", "sum", sum(numbers))
