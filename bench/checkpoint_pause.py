"""How long a checkpoint holds up the program, next to a bare os.fork() of a process with the same heap.

The fork is timed by the process itself. The checkpoint is timed from outside, so that nothing is added to it: the head's tick counter lies in shared
memory, and the longest time it stands still around the request is the pause.
"""
from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import List, Tuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "native"))

import driver  # noqa: E402  (the tests' controller for libfred)
import verify  # noqa: E402

HEAP = "objects = [[index, str(index)] for index in range({objects})]\n"
BUSY = HEAP + "total = 0\nwhile True:\n    total += 1\n"
FORKING = HEAP + """
import os, sys, time
parked, keep = os.pipe()
for line in sys.stdin:
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.close(keep)
        os.read(parked, 1)
        os._exit(0)
    print(time.perf_counter() - started, flush=True)
"""


def measure(objects: int, rounds: int, python: str) -> Tuple[float, float, float]:
    """Median seconds of a fork and of a checkpoint, and the median of their ratios, taken in turn."""
    with tempfile.TemporaryDirectory() as scratch:
        busy = Path(scratch) / "busy.py"
        busy.write_text(BUSY.format(objects=objects))
        native = str(ROOT / "artifacts" / "fred")
        forking = subprocess.Popen([python, "-c", FORKING.format(objects=objects)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with driver.Session(verify.agent_command("real", python, str(busy), []), native, ()) as session:
            head = session.spawn()
            head.send("run")
            counter = 8 + 8 * head.slot
            while session.words[counter] < objects + 1000:  # the heap is built
                time.sleep(0.05)
            forks, checkpoints = [], []
            for _ in range(rounds):
                forks.append(one_fork(forking))
                checkpoints.append(one_checkpoint(session, head, counter))
        forking.kill()
        forking.wait()
    return statistics.median(forks), statistics.median(checkpoints), statistics.median(c / f for c, f in zip(checkpoints, forks))


def one_fork(forking: subprocess.Popen) -> float:
    forking.stdin.write("\n")
    forking.stdin.flush()
    return float(forking.stdout.readline())


def one_checkpoint(session: driver.Session, head: driver.Connection, counter: int) -> float:
    words = session.words
    session.request_checkpoint(head)
    longest, seen, moved = 0.0, words[counter], time.perf_counter()
    until = moved + 0.15
    while True:
        now, ticks = time.perf_counter(), words[counter]
        if ticks != seen:
            longest, seen, moved = max(longest, now - moved), ticks, now
            if now > until:
                break
    session.accept().placed()
    return longest


def report(python: str, rounds: int = 15) -> None:
    print(f"\nPause of the program at a checkpoint, beside a bare fork (medians of {rounds}, taken in turn)")
    for objects in (1_000, 100_000, 700_000):
        fork, checkpoint, ratio = measure(objects, rounds, python)
        print(f"{objects:8} objects  fork {fork * 1e3:6.2f} ms  checkpoint {checkpoint * 1e3:6.2f} ms  {ratio:5.2f}x", flush=True)


if __name__ == "__main__":
    report(sys.argv[1] if len(sys.argv) > 1 else "/usr/bin/python3")
