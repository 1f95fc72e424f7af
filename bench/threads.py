#!/usr/bin/env python3
"""What recording costs programs with threads: processor time and wall time under Fred, against the plain program on one core and on all.

    bench/threads.py [--runs 5] [--fred ./fred]

Runs are interleaved, the least time of each kind counts; Fred's own start and that of Python are taken off. Give it the machine to itself, or say that it was loaded.
"""

import argparse
import resource
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
workers = [threading.Thread(target=add, args=(300000,)) for _ in range(4)]
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
for n in range(20000): tasks.put(n % 400)
for _ in workers: tasks.put(None)
for worker in workers: worker.join()
""",
    "hash: C code without the lock": """
import hashlib, threading
data = b"x" * (8 << 20)
def work():
    for _ in range(20): hashlib.sha256(data).hexdigest()
workers = [threading.Thread(target=work) for _ in range(2)]
for worker in workers: worker.start()
for worker in workers: worker.join()
""",
}


def run(command):
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--fred", default=str(ROOT / "fred"))
    parser.add_argument("--python", default="/usr/bin/python3")
    given = parser.parse_args()
    fred = [given.fred, "python", "--python", given.python, "-ex", "continue", "-ex", "quit"]
    with tempfile.TemporaryDirectory() as folder:
        files = {"": Path(folder) / "empty.py"}
        files[""].write_text("pass\n")
        for number, (name, text) in enumerate(PROGRAMS.items()):
            files[name] = Path(folder) / ("program%d.py" % number)
            files[name].write_text(text)
        kinds = {"one core": ["taskset", "-c", "0", given.python], "all cores": [given.python], "fred": fred}
        best = {}
        for _ in range(given.runs):
            for name, file in files.items():
                for kind, command in kinds.items():
                    cpu, wall = run([*command, str(file)])
                    old = best.get((name, kind), (cpu, wall))
                    best[name, kind] = (min(cpu, old[0]), min(wall, old[1]))
    for name in PROGRAMS:
        cpu, wall = ({kind: max(0.001, best[name, kind][i] - best["", kind][i]) for kind in kinds} for i in (0, 1))
        print("%-48s processor time %.2f s, %.2f of one core's   wall %.2f s, %.2f of one core's, %.2f of all cores'" % (
            name, cpu["fred"], cpu["fred"] / cpu["one core"], wall["fred"], wall["fred"] / wall["one core"], wall["fred"] / wall["all cores"]))


if __name__ == "__main__":
    sys.exit(main())
