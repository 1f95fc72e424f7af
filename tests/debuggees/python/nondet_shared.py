"""Memory that several processes write to: Value, Array, Barrier, shared_memory, mmap before a fork; with locks, by waiting, by polling and by spinning."""
import mmap
import multiprocessing
import os
import struct
import time
from multiprocessing import shared_memory


def count(value, array, mine):
    for i in range(60):
        with value.get_lock():
            value.value += 1
        array[mine] += i


def meet(barrier, array, mine):
    for _ in range(5):
        array[mine] += 1
        barrier.wait()


def scribble(name, go):
    memory = shared_memory.SharedMemory(name=name)
    go.wait()
    for i in range(3000):
        memory.buf[i % memory.size] = (memory.buf[i % memory.size] + i + os.getpid()) & 255
    memory.close()


def answer(flag, other):
    flag.value = 1
    while not other.value:
        pass
    flag.value = 2


def in_processes(context, function, *arguments):
    children = [context.Process(target=function, args=(*arguments, n)) for n in range(2)]
    for child in children:
        child.start()
    function(*arguments, 2)
    for child in children:
        child.join()


def main():
    context = multiprocessing.get_context("fork")
    value, array, sums = context.Value("i", 0), context.Array("i", 3), context.Array("d", 3)
    in_processes(context, count, value, sums)
    in_processes(context, meet, context.Barrier(3), array)
    yield value.value, list(sums), list(array)

    memory, go = shared_memory.SharedMemory(create=True, size=5000), context.Event()
    child = context.Process(target=scribble, args=(memory.name, go))
    child.start()
    memory.buf[7] = 9
    go.set()
    polled = []
    while child.is_alive():
        polled.append(bytes(memory.buf[:10]).hex())
        time.sleep(0.0005)
    yield polled[-3:], sum(memory.buf)
    memory.close()
    memory.unlink()

    flag, other = context.RawValue("i"), context.RawValue("i")
    child = context.Process(target=answer, args=(flag, other))
    child.start()
    turns = 0
    while not flag.value:
        turns += 1
    other.value = 1
    while flag.value != 2:
        turns += 1
    child.join()
    yield turns > 0

    pages = mmap.mmap(-1, 8192)
    child = os.fork()
    if child == 0:
        pages[4096:4104] = struct.pack("d", time.time())
        os._exit(0)
    os.waitpid(child, 0)
    yield struct.unpack("d", pages[4096:4104])
    pages.close()


if __name__ == "__main__":
    results = []
    for result in main():
        results.append(result)
        print(result)
