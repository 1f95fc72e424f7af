#!/usr/bin/env python3
"""Fred's figures as ratios: forward recording, the way back, bisect, memory.

    bench/bench.py [--sizes 1e6,1e7,1e8] [--runs 5] [--programs NAME,...] [--python PATH] [--sections forward,back,bisect,memory]

Every ratio compares runs that alternate in this one call, medians of --runs; single absolute times mean little on a shared machine and are
printed only for orientation. Start-up counts on neither side: plain Python's (that of an empty program) is subtracted, Fred is timed from sending
`continue` to reading the answer of its stop at the end. What the program imports and computes first is part of both.
"""
from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Dict, List

from fredclient import ROOT, Fred, memory

PROGRAMS = ROOT / "bench" / "programs"
TRACE_LIMIT = 10_000_000  # pdb and the trace function are not run above this size: minutes without news


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1e6,1e7,1e8")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--programs", default=",".join(sorted(p.stem for p in PROGRAMS.glob("*.py"))))
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--sections", default="forward,back,bisect,memory")
    options = parser.parse_args()
    sizes = [int(float(size)) for size in options.sizes.split(",")]
    sections: Dict[str, Callable[[], None]] = {
        "forward": lambda: forward(options.programs.split(","), sizes, options.runs, options.python),
        "back": lambda: back(sizes, options.runs, options.python),
        "bisect": lambda: bisect(sizes, options.runs, options.python),
        "memory": lambda: parked_memory(options.python),
    }
    subprocess.run([str(ROOT / "fred"), "--version"], check=True, stdout=subprocess.DEVNULL)  # builds on first use
    print(subprocess.run([options.python, "--version"], capture_output=True, text=True, check=True).stdout.strip(), flush=True)
    for section in options.sections.split(","):
        sections[section]()


# -- forward ---------------------------------------------------------------------------------------------------------------


def forward(names: List[str], sizes: List[int], runs: int, python: str) -> None:
    counter = build_counter()
    print("\nForward, x of plain Python (wall, medians of", runs, "alternating runs; start-up left out)")
    print(f"{'program':16}{'size':>8}{'plain s':>9}{'fred':>8}{'trace fn':>10}{'pdb':>8}{'checkpoints':>13}")
    for size in sizes:
        ratios: List[float] = []
        for name in names:
            row = forward_row(PROGRAMS / f"{name}.py", size, runs, python, counter)
            ratios.append(row["fred"])
            cells = "".join(f"{row[k]:>{w}.2f}" if k in row else f"{'-':>{w}}" for k, w in (("fred", 8), ("trace", 10), ("pdb", 8)))
            print(f"{name:16}{size:8.0e}{row['plain']:9.2f}{cells}{row['checkpoints']:13.0f}", flush=True)
        print(f"{'geomean':16}{size:8.0e}{'':9}{math.exp(statistics.fmean(map(math.log, ratios))):8.2f}   worst {max(ratios):.2f}", flush=True)


def forward_row(program: Path, size: int, runs: int, python: str, counter: Path) -> Dict[str, float]:
    last_line = len(program.read_text().splitlines())
    traced = [python, "-c", TRACED.format(counter=str(counter), program=str(program), size=size)]
    pdb = [python, "-m", "pdb", "-c", f"b {program}:{last_line}", "-c", "c", "-c", "c", "-c", "q", str(program), str(size)]
    samples: Dict[str, List[float]] = {"plain": [], "fred": [], "trace": [], "pdb": [], "checkpoints": []}
    empty = start_up(python)
    for _ in range(runs):
        samples["plain"].append(wall([python, str(program), str(size)]) - empty)
        with Fred(program, [str(size)], python) as fred:
            stop, elapsed = fred.do("continue")
            assert stop["stop"]["reason"] == "exit", stop
            samples["fred"].append(elapsed / 1e3)
            samples["checkpoints"].append(len([line for line in fred.do("checkpoints")[0]["output"].splitlines() if line.strip()]))
        if size <= TRACE_LIMIT:
            samples["trace"].append(wall(traced) - empty)
    if size <= TRACE_LIMIT:
        samples["pdb"].append(wall(pdb, stdin=b"q\n") - empty)  # once: tens of times slower, noise does not matter
    row = {name: statistics.median(values) for name, values in samples.items() if values}
    plain = row["plain"]
    return {name: value if name in ("plain", "checkpoints") else value / plain for name, value in row.items()}


TRACED = """
import ctypes, sys, runpy
sys.argv = [{program!r}, '{size}']
ctypes.PyDLL({counter!r}).start_counting()
runpy.run_path({program!r}, run_name='__main__')
"""


def build_counter() -> Path:
    library = ROOT / "artifacts" / "bench" / "settrace_counter.so"
    library.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(ROOT / "bench" / "settrace_counter.c")], check=True)
    return library


def start_up(python: str) -> float:
    """Seconds of plain Python with a program that does nothing."""
    return min(wall([python, os.devnull]) for _ in range(5))


def wall(command: List[str], stdin: bytes = b"") -> float:
    started = time.perf_counter()
    subprocess.run(command, input=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started


# -- back ------------------------------------------------------------------------------------------------------------------


def back(sizes: List[int], runs: int, python: str) -> None:
    program = PROGRAMS / "list_nodes.py"
    print_line = next(n for n, line in enumerate(program.read_text().splitlines(), 1) if "print(total)" in line)
    print("\nBackwards in list_nodes.py (one sitting a size; milliseconds p50/p95; searches as x of running the program once more, and of that without Python's start)")
    random.seed(1)
    for size in sizes:
        empty = start_up(python)
        again = statistics.median(wall([python, str(program), str(size)]) for _ in range(runs)) * 1e3
        plain = again - empty * 1e3
        with Fred(program, [str(size)], python) as fred:
            fred.do(f"break {print_line}")
            end = fred.do("continue")[0]["stop"]["tick"]
            times: Dict[str, List[float]] = {"goto (cold)": [], "first rs": [], "further rs": [], "rn": []}
            for _ in range(12):
                times["goto (cold)"].append(fred.do(f"goto {random.randrange(end // 50, end)}")[1])
                times["first rs"].append(fred.do("rs")[1])
                times["further rs"] += [fred.do("rs")[1] for _ in range(10)]
                times["rn"].append(fred.do("rn")[1])
            row = "  ".join(f"{name} {percentile(values, 50):.1f}/{percentile(values, 95):.1f}" for name, values in times.items())
            print(f"{size:8.0e} ticks {end:.2e} plain {plain:.0f} ms  {row}")
            for title, command in (
                ("reverse-continue to a hit at the start", "rc"),
                ("reverse-watch `total <= half`", f"rw total <= {size // 18}"),
                ("reverse-watch `numbers.length < 10`", "rw numbers.length < 10"),
            ):
                fred.do("goto live")
                if command == "rc":
                    fred.do("break 29")
                took = fred.do(command)[1]
                print(f"{'':9}{title:42}{took / again:8.2f}x{took / plain:8.2f}x", flush=True)
                if command == "rc":
                    fred.do("clear 2")


def percentile(values: List[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


# -- bisect ----------------------------------------------------------------------------------------------------------------

# What holds until about the middle of the run; the names are main's, and the last line of main is where the program is stopped.
INVARIANTS = {"while_loop": "i < {size} // 8", "list_nodes": "total <= {size} // 18", "fibonacci": "_ < {size} // 40_000", "sieve": "_ <= {size} // 840_000"}
BISECT_GOAL = 1.6
SHORTEST_BISECTED = 10_000_000  # a program of a few hundredths of a second is over before a search has begun


def bisect(sizes: List[int], runs: int, python: str) -> None:
    print(f"\nBisect, x of plain Python (medians of {runs} alternating runs; start-up left out; goal for the total: {BISECT_GOAL})")
    print(f"{'program':16}{'size':>8}{'plain s':>9}{'run':>8}{'search':>8}{'total':>8}{'evaluations':>13}{'checkpoints':>13}")
    for size in (size for size in sizes if size >= SHORTEST_BISECTED):
        for name, invariant in INVARIANTS.items():
            row = bisect_row(PROGRAMS / f"{name}.py", invariant.format(size=size), size, runs, python)
            plain = row["plain"]
            cells = "".join(f"{row[k] / plain:8.2f}" for k in ("recordSeconds", "searchSeconds", "total"))
            print(f"{name:16}{size:8.0e}{plain:9.2f}{cells}{row['evaluations']:13.0f}{row['checkpoints']:13.0f}{'' if row['total'] <= BISECT_GOAL * plain else '  missed'}", flush=True)


def bisect_row(program: Path, invariant: str, size: int, runs: int, python: str) -> Dict[str, float]:
    last = max(n for n, line in enumerate(program.read_text().splitlines(), 1) if line.startswith("    print("))
    command = [str(ROOT / "fred"), "bisect", "--json", "--output", os.devnull, "--python", python, "--until", f"{program}:{last}", "--expr", invariant]
    command += ["--", "python", str(program), str(size)]
    samples: Dict[str, List[float]] = {}
    empty = start_up(python)
    for _ in range(runs):
        samples.setdefault("plain", []).append(wall([python, str(program), str(size)]) - empty)
        answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        assert answer["result"] == "transition", answer
        for key in ("recordSeconds", "searchSeconds", "evaluations", "checkpoints"):
            samples.setdefault(key, []).append(answer[key])
        samples.setdefault("total", []).append(answer["recordSeconds"] + answer["searchSeconds"])
    return {key: statistics.median(values) for key, values in samples.items()}


# -- memory ----------------------------------------------------------------------------------------------------------------

HEAP = """
import sys
blocks = [bytearray(1 << 20) for _ in range(100)]
objects = [[index, str(index)] for index in range(700_000)]
total = 0
for turn in range(int(sys.argv[1])):
    for index in range(turn % 97, len(objects), 97):
        objects[index][0] += 1
    total += sum(map(len, blocks[turn % 7::7]))
print(total)
"""


def parked_memory(python: str) -> None:
    program = ROOT / "artifacts" / "bench" / "heap.py"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(HEAP)
    print("\nMemory, a program with a 200 MB heap that it keeps changing")
    with Fred(program, ["1500"], python) as fred:
        fred.do("continue")
        sizes = sorted((memory(pid) for pid in fred.children()), reverse=True)
        programs = [size for size in sizes if size[0] > 100]
        head = programs[0][0]
        total = sum(pss for _, pss in sizes)
        print(f"head RSS {head:.0f} MiB; {len(programs) - 1} parked checkpoints; PSS each, median {statistics.median(p for _, p in programs[1:]):.1f} MiB; "
              f"all processes of the sitting together {total:.0f} MiB, {total - head:.0f} MiB more than the program")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    main()
