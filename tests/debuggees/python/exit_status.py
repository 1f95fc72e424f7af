"""Ends by sys.exit inside nested calls, with an atexit handler and a finally clause on the way out."""
import atexit
import sys

stages = []
atexit.register(lambda: print("at exit:", stages))


def inner(code):
    try:
        stages.append("inner")
        sys.exit(code)
    finally:
        stages.append("finally")


def outer():
    stages.append("outer")
    inner(5)


outer()
