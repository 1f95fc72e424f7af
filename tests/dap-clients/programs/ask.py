import sys

name = input("name? ")
print("hello", name, sys.stdin.isatty(), sys.stdout.isatty())
second = input("again? ")
print("bye", second)
