"""Threads that end by an exception, threading.excepthook, and a thread that is started by a thread and outlives it."""
import sys
import threading

caught, born = [], []


def hook(arguments):
    caught.append((arguments.thread.name, arguments.exc_type.__name__, str(arguments.exc_value)))


def fail(number):
    if number % 2:
        raise KeyError(number)
    sys.exit(number)  # ends the thread only


def grandchild():
    born.append(threading.current_thread().name)


def parent(number):
    child = threading.Thread(target=grandchild, name="child of %d" % number)
    children.append(child)
    child.start()


children = []
threading.excepthook = hook
threads = [threading.Thread(target=fail, args=(number,), name="failing-%d" % number) for number in range(4)]
threads += [threading.Thread(target=parent, args=(number,)) for number in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for child in children:
    child.join()
print(sorted(caught), sorted(born))
