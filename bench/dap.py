#!/usr/bin/env python3
"""What the debug adapter costs: one step over DAP against the REPL verb and against debugpy's; first pages; how fast a long search gives up.

    bench/dap.py [--steps 60] [--python PATH] [--sections steps,pages,pause]

The three debuggers step in turn through the same program, one step each, so that the load of the machine meets all alike; medians, milliseconds from
writing the request to reading the stop. Only the ratios and the difference mean something on a shared machine.
"""
from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, Dict, List, Optional

from dapclient import Dap
from fredclient import ROOT, Fred

PROGRAM = """\
def add(a, b):
    total = a + b
    return total


numbers = list(range(100))
for i in range(100000):
    first = add(i, 1)
    second = add(first, 2)
    third = add(second, numbers[i % 100])
print(third)
"""
STOP_LINE = 8

LONG = "total = 0\nfor i in range(5000000):\n    total += i % 7\nprint(total)\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--sections", default="steps,pages,pause")
    options = parser.parse_args()
    subprocess.run([str(ROOT / "fred"), "--version"], check=True, stdout=subprocess.DEVNULL)  # builds on first use
    sections: Dict[str, Callable[[Path], None]] = {
        "steps": lambda folder: steps(folder, options.steps, options.python),
        "pages": lambda folder: pages(options.python),
        "pause": lambda folder: pause(folder, options.python),
    }
    with tempfile.TemporaryDirectory() as name:
        for section in options.sections.split(","):
            sections[section](Path(name))


def server() -> Dap:
    return Dap([str(ROOT / "fred"), "dap"])


# -- one step --------------------------------------------------------------------------------------------------------------


def steps(folder: Path, count: int, python: str) -> None:
    program = folder / "steps.py"
    program.write_text(PROGRAM)
    times: Dict[str, List[float]] = {name: [] for name in ("dap next", "next shown", "repl next", "dap stepBack", "stepBack shown", "repl reverse-next", "debugpy next")}
    with server() as dap, Fred(program, [], python) as repl:
        dap.launch({"program": str(program), "python": python}, {str(program): [STOP_LINE]})
        dap.request("setBreakpoints", {"source": {"path": str(program)}, "breakpoints": []})
        repl.do(f"tbreak {STOP_LINE}")
        repl.do("continue")
        other = debugpy(program, python)
        try:
            for _ in range(count):
                step(dap, "next", "next shown", times)
                times["repl next"].append(repl.do("next")[1])
                if other is not None:
                    times["debugpy next"].append(other())
            for _ in range(count):
                step(dap, "stepBack", "stepBack shown", times)
                times["repl reverse-next"].append(repl.do("reverse-next")[1])
        finally:
            if other is not None:
                other.close()
    medians = {name: statistics.median(values) for name, values in times.items() if values}
    print(f"\nOne step, ms (medians of {count}, in turn)")
    print(f"{'':24}{'fred dap':>10}{'other':>10}{'ratio':>8}{'added ms':>10}")
    for title, ours, theirs in (
        ("next / REPL next", "dap next", "repl next"),
        ("  with its stack / same", "next shown", "repl next"),
        ("stepBack / REPL rn", "dap stepBack", "repl reverse-next"),
        ("  with its stack / same", "stepBack shown", "repl reverse-next"),
        ("next / debugpy next", "dap next", "debugpy next"),
        ("stepBack / debugpy next", "dap stepBack", "debugpy next"),
    ):
        if theirs in medians:
            a, b = medians[ours], medians[theirs]
            print(f"{title:24}{a:10.2f}{b:10.2f}{a / b:8.2f}{a - b:10.2f}", flush=True)
        else:
            print(f"{title:24}{medians[ours]:10.2f}{'-':>10}   (Debian's python3-debugpy is not installed)", flush=True)


def step(dap: Dap, command: str, shown: str, times: Dict[str, List[float]]) -> None:
    """One step, and the same until the editor can show it: the REPL's answer includes what pdb displays, so this is the fair comparison."""
    elapsed = dap.move(command)[1]
    started = time.perf_counter()
    dap.request("stackTrace", {"threadId": 1, "startFrame": 0, "levels": 20})
    times[f"dap {command}"].append(elapsed)
    times[shown].append(elapsed + (time.perf_counter() - started) * 1e3)


class debugpy_steps:
    """debugpy, stopped in the same program; calling it makes one step."""

    def __init__(self, program: Path, python: str) -> None:
        self._dap = Dap([python, "-m", "debugpy.adapter"])
        launch = {"program": str(program), "console": "internalConsole", "python": [python], "justMyCode": True, "cwd": str(program.parent)}
        self._thread = self._dap.launch(launch, {str(program): [STOP_LINE]})["threadId"]
        self._dap.request("setBreakpoints", {"source": {"path": str(program)}, "breakpoints": []})

    def __call__(self) -> float:
        return self._dap.move("next", self._thread)[1]

    def close(self) -> None:
        self._dap.__exit__()


def debugpy(program: Path, python: str) -> Optional[debugpy_steps]:
    found = subprocess.run([python, "-c", "import debugpy"], capture_output=True, check=False).returncode == 0
    return debugpy_steps(program, python) if found else None


# -- first pages -----------------------------------------------------------------------------------------------------------


def pages(python: str) -> None:
    program = ROOT / "tests" / "dap-clients" / "programs" / "deep.py"
    times: Dict[str, List[float]] = {"20 of 10,002 frames": [], "100 of 1,000,000 elements": []}
    for _ in range(5):
        with server() as dap:
            dap.launch({"program": str(program), "python": python}, {str(program): [10]})
            started = time.perf_counter()
            stack = dap.request("stackTrace", {"threadId": 1, "startFrame": 0, "levels": 20})
            times["20 of 10,002 frames"].append((time.perf_counter() - started) * 1e3)
            scopes = dap.request("scopes", {"frameId": stack["stackFrames"][0]["id"]})["scopes"]
            names = dap.request("variables", {"variablesReference": scopes[1]["variablesReference"]})["variables"]
            big = next(each for each in names if each["name"] == "big")
            started = time.perf_counter()
            dap.request("variables", {"variablesReference": big["variablesReference"], "filter": "indexed", "start": 0, "count": 100})
            times["100 of 1,000,000 elements"].append((time.perf_counter() - started) * 1e3)
    print("\nFirst page after the stop, ms (medians of 5; wanted: under 200)")
    for name, values in times.items():
        print(f"{name:28}{statistics.median(values):10.1f}", flush=True)


# -- giving up -------------------------------------------------------------------------------------------------------------


def pause(folder: Path, python: str) -> None:
    program = folder / "long.py"
    program.write_text(LONG)
    times: Dict[str, List[float]] = {"pause": [], "cancel": []}
    with server() as dap:
        here = dap.launch({"program": str(program), "python": python}, {str(program): [4]})["fred"]["tick"]
        dap.request("setBreakpoints", {"source": {"path": str(program)}, "breakpoints": [{"line": 3, "condition": "total < 0"}]})
        for turn in range(10):
            dap.request("reverseContinue", {"threadId": 1})
            progress = dap.event("progressStart")["progressId"]
            how = "pause" if turn % 2 == 0 else "cancel"
            started = time.perf_counter()
            dap.send(how, {"threadId": 1} if how == "pause" else {"progressId": progress})
            stop = dap.event("stopped")
            times[how].append((time.perf_counter() - started) * 1e3)
            assert stop["fred"]["tick"] == here, stop
    print("\nA reverse search ended by the user, ms until it stands at the old position (medians of 5; wanted: under 200)")
    for name, values in times.items():
        print(f"{name:28}{statistics.median(values):10.1f}   worst {max(values):.1f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
