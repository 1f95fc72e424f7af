#!/usr/bin/env python3
"""What recording costs programs with threads: processor time and wall time under Fred, against the plain program on one core and on all.

    bench/threads.py [--runs 5] [--fred ./fred] [--only python|native]

Runs are interleaved; each is compared with the plain ones of its round, and the median of these ratios is shown. What an empty program takes in the same way is taken off: Fred's own start and
that of Python. Give it the machine to itself (chrt -f 1), or say that it was loaded.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = {
    "counter: statements under the interpreter lock": """
import threading
counter = 0
lock = threading.Lock()
def add(times):
    global counter
    for _ in range(times):
        with lock:
            counter += 1
        total = counter * 2
workers = [threading.Thread(target=add, args=(1000000,)) for _ in range(4)]
for worker in workers: worker.start()
for worker in workers: worker.join()
""",
    "queue: hand-overs": """
import queue, threading
tasks, results = queue.Queue(maxsize=8), queue.Queue()
def work():
    while (task := tasks.get()) is not None:
        results.put(sum(range(task)))
workers = [threading.Thread(target=work) for _ in range(3)]
for worker in workers: worker.start()
for n in range(80000): tasks.put(n % 400)
for _ in workers: tasks.put(None)
for worker in workers: worker.join()
""",
    "socket: one thread answers the other": """
import socket, threading
ours, theirs = socket.socketpair()
def answer():
    while data := theirs.recv(100): theirs.sendall(data)
worker = threading.Thread(target=answer)
worker.start()
for n in range(60000):
    ours.sendall(b"x" * 50)
    ours.recv(100)
ours.close()
worker.join()
""",
    "start: threads that end at once": """
import threading
ended = []
for n in range(10000):
    worker = threading.Thread(target=ended.append, args=(n,))
    worker.start()
    worker.join()
""",
    "hash: C code without the lock": """
import hashlib, threading
data = b"x" * (8 << 20)
def work():
    for _ in range(80): hashlib.sha256(data).hexdigest()
workers = [threading.Thread(target=work) for _ in range(2)]
for worker in workers: worker.start()
for worker in workers: worker.join()
""",
}

NATIVE = {
    "native lock: counting under a mutex": """
#include <pthread.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counter;
static void *work(void *x) { for (int i = 0; i < 3000000; i++) { pthread_mutex_lock(&lock); counter++; pthread_mutex_unlock(&lock); } return x; }
int main(void) { pthread_t t[4]; for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, work, 0); for (int i = 0; i < 4; i++) pthread_join(t[i], 0); return counter != 12000000; }
""",
    "native queue: hand-overs by conditions": """
#include <pthread.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn;
static void *work(void *me) { for (int i = 0; i < 30000; i++) { pthread_mutex_lock(&lock); while (turn != (int)(long)me) pthread_cond_wait(&turned, &lock);
  turn = !turn; pthread_cond_signal(&turned); pthread_mutex_unlock(&lock); } return 0; }
int main(void) { pthread_t t; pthread_create(&t, 0, work, (void *)1); work(0); pthread_join(t, 0); return 0; }
""",
    "native sum: two threads that compute": """
#include <pthread.h>
static volatile double results[2];
static void *work(void *me) { double sum = 0; for (long i = 1; i < 150000000; i++) sum += 1.0 / (double)i; results[(long)me] = sum; return 0; }
int main(void) { pthread_t t; pthread_create(&t, 0, work, (void *)1); work(0); pthread_join(t, 0); return results[0] != results[1]; }
""",
    "native start: threads that end at once": """
#include <pthread.h>
static void *work(void *x) { return x; }
int main(void) { for (int i = 0; i < 5000; i++) { pthread_t t; pthread_create(&t, 0, work, 0); pthread_join(t, 0); } return 0; }
""",
}


def run(command):
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - started


def python_programs(given, folder):
    """File and ways to run it, by name; the empty one is what Fred and Python cost themselves."""
    ways = {"one core": ["taskset", "-c", "0", given.python], "all cores": [given.python], "fred": [given.fred, "python", "--python", given.python, "-ex", "continue", "-ex", "quit"]}
    for number, (name, text) in enumerate({"python": "pass", **PROGRAMS}.items()):
        file = folder / ("program%d.py" % number)
        file.write_text(text)
        yield name, "python", {kind: [*way, str(file)] for kind, way in ways.items()}


def native_programs(given, folder):
    ways = {"one core": ["taskset", "-c", "0"], "all cores": [], "fred": [given.fred, "gdb", "-ex", "continue", "-ex", "quit"]}
    for number, (name, text) in enumerate({"native": "int main(void) { return 0; }\n", **NATIVE}.items()):
        source, program = folder / ("program%d.c" % number), folder / ("native%d" % number)
        source.write_text(text)
        subprocess.run(["cc", "-g", "-O1", "-o", str(program), str(source), "-lpthread"], check=True)
        yield name, "native", {kind: [*way, str(program)] for kind, way in ways.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--fred", default=str(ROOT / "fred"))
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--only", choices=("python", "native"))
    given = parser.parse_args()
    taken = {}
    with tempfile.TemporaryDirectory() as folder:
        makers = {"python": python_programs, "native": native_programs}
        programs = [program for kind, make in makers.items() if given.only in (None, kind) for program in make(given, Path(folder))]
        for _ in range(given.runs):
            for name, _, ways in programs:
                for kind, command in ways.items():
                    taken.setdefault((name, kind), []).append(run(command))
    print("%-48s %10s %22s %22s" % ("as multiples of the plain program's", "plain, s", "on one core: cpu, wall", "on all cores: wall"))
    for name, language, ways in programs:
        if name != language:
            net = {kind: taken_off(taken[name, kind], taken[language, kind]) for kind in ways}
            cpu, wall = ([f[i] / one[i] for f, one in zip(net["fred"], net["one core"])] for i in (0, 1))
            free = [f[1] / every[1] for f, every in zip(net["fred"], net["all cores"])]
            plain = statistics.median(one[1] for one in net["one core"])
            print("%-48s %10.2f %16.2f %5.2f %22.2f" % (name, plain, *map(statistics.median, (cpu, wall, free))))


def taken_off(runs, empty):
    """Processor and wall times without what the empty program takes."""
    base = [statistics.median(times) for times in zip(*empty)]
    return [[max(0.001, time - off) for time, off in zip(times, base)] for times in runs]


if __name__ == "__main__":
    sys.exit(main())
