"""Builds linked lists and drops them: allocation, attribute access, method calls. Argument: statements, roughly."""
import sys


class Node:
    def __init__(self, value):
        self.value = value
        self.next = None


class LinkedList:
    def __init__(self):
        self.head = None
        self.length = 0

    def add(self, value):
        node = Node(value)
        node.next = self.head
        self.head = node
        self.length += 1


def main(statements):
    total = 0
    size = 100_000
    for first in range(0, statements // 9, size):
        numbers = LinkedList()
        for value in range(min(size, statements // 9 - first)):
            numbers.add(value)
        total += numbers.length
    print(total)


main(int(sys.argv[1]))
