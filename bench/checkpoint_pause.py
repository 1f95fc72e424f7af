"""How long a checkpoint holds up the program, next to a bare os.fork() of the same process, and of plain Python with the same heap.

A fork's cost is that of the memory it copies the tables of, so the first comparison tells what a checkpoint does beside forking, and the second what
Fred's own part of the process adds to it. All of them run the same loop for the same time before they fork: a fork also protects again what was written
since the last one, which in a virtual machine can cost as much as the rest of it, and a process that only waited has nothing to protect. The forks are timed by the processes themselves; that of the same process in an inspector, which is a copy of
the whole of it in which nothing is recorded. The checkpoint is timed from outside, so that nothing is added to it: the head's tick counter lies in shared
memory, and the longest time it stands still around the request is the pause.
"""
from __future__ import annotations

import json
import select
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "native"))

import driver  # noqa: E402  (the tests' controller for libfred)
import verify  # noqa: E402

HEAP = "objects = [[index, str(index)] for index in range({objects})]\n"
BUSY = HEAP + "total = 0\nwhile True:\n    total += 1\n"
FORK = """
import os, time
parked, keep = os.pipe()
def fork():
    global total
    total, until = 0, time.perf_counter() + 0.02
    while time.perf_counter() < until:
        total += 1
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.close(keep)
        os.read(parked, 1)
        os._exit(0)
    return time.perf_counter() - started
"""
FORKING = HEAP + FORK + "import sys\nfor line in sys.stdin:\n    print(fork(), flush=True)\n"


class Pauses(NamedTuple):
    """Medians in seconds; the ratios are medians of ratios of what was measured in turn."""

    plain: float
    bare: float
    checkpoint: float
    to_plain: float
    to_bare: float


def measure(objects: int, rounds: int, python: str) -> Pauses:
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
            stop(session, head)
            copy = session.inspect(head)
            evaluate(copy, f"exec({FORK!r}, __import__('builtins').__dict__)")
            rows = []
            for _ in range(rounds):
                forks = one_fork(forking), float(evaluate(copy, "__import__('builtins').fork()"))
                head.send("run")
                time.sleep(0.02)
                rows.append((*forks, one_checkpoint(session, head, counter)))
                stop(session, head)
        forking.kill()
        forking.wait()
    return Pauses(*map(statistics.median, zip(*((*row, row[2] / row[0], row[2] / row[1]) for row in rows))))


def stop(session: driver.Session, head: driver.Connection) -> None:
    session.pause(head)
    head.stopped()
    session.words[8 + 8 * head.slot + 3] = 0


def one_fork(forking: subprocess.Popen) -> float:
    forking.stdin.write("\n")
    forking.stdin.flush()
    wait_busily(forking.stdout)
    return float(forking.stdout.readline())


def evaluate(inspector: driver.Connection, expression: str) -> str:
    inspector.socket.sendall((json.dumps({"id": 1, "op": "eval", "expr": expression, "activation": "module:__main__"}) + "\n").encode())
    wait_busily(inspector.socket)
    answer = json.loads(inspector.line())
    assert answer["ok"], answer
    return answer["value"]


def wait_busily(source: Any) -> None:
    """The checkpoint is watched by a loop, which slows down the other half of the processor's core; so must the forks be."""
    while not select.select([source], [], [], 0)[0]:
        pass


def one_checkpoint(session: driver.Session, head: driver.Connection, counter: int) -> float:
    words = session.words
    session.request_checkpoint(head)
    longest, seen, moved = 0.0, words[counter], time.perf_counter()
    until = moved + 0.05
    while True:
        now, ticks = time.perf_counter(), words[counter]
        if ticks != seen:
            longest, seen, moved = max(longest, now - moved), ticks, now
            if now > until:
                break
    session.accept().placed()
    return longest


def report(python: str, rounds: int = 15) -> None:
    print(f"\nPause of the program at a checkpoint, milliseconds (medians of {rounds}, taken in turn)")
    print(f"{'objects':>8}{'plain Python forks':>20}{'bare fork of it':>17}{'checkpoint':>12}{'x of the bare one':>19}{'x of plain':>12}")
    for objects in (1_000, 100_000, 700_000):
        row = measure(objects, rounds, python)
        print(f"{objects:8}{row.plain * 1e3:20.2f}{row.bare * 1e3:17.2f}{row.checkpoint * 1e3:12.2f}{row.to_bare:18.2f}x{row.to_plain:11.2f}x", flush=True)


if __name__ == "__main__":
    report(sys.argv[1] if len(sys.argv) > 1 else "/usr/bin/python3")
