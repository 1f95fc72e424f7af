#!/usr/bin/env python3
"""Native programs' figures as ratios: forward, replay, the way back; next to gdb alone and to its `record full`.

    bench/native.py [--seconds 1] [--runs 5] [--kernels NAME,...] [--level -O0] [--sections forward,replay,record,back] [--lengths 0.3,3,30]

Every ratio compares runs that alternate in this one call, medians of --runs. Forward is what the program itself says it took.
"""
from __future__ import annotations

import argparse
import math
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, Dict, List, Tuple

from bench import percentile
from fredclient import ROOT, Fred

PROGRAMS = ROOT / "bench" / "programs"
BUILT = ROOT / "artifacts" / "bench"
SEARCHED = "growth"
FORWARD_GOAL, WRITING_GOAL, REPLAY_GOAL, WRITING = 1.10, 1.3, 3.0, ("heap", "stores", "printing", "syscalls")
RECORD_PATIENCE = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kernels = sorted(p.stem for p in PROGRAMS.glob("*.c*") if p.stem != SEARCHED)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kernels", default=",".join(kernels))
    parser.add_argument("--level", default="-O0")
    parser.add_argument("--sections", default="forward,replay,record,back")
    parser.add_argument("--lengths", default="0.3,3,30", help="of the program that is searched, in seconds")
    options = parser.parse_args()
    names = options.kernels.split(",")
    sections: Dict[str, Callable[[], None]] = {
        "forward": lambda: forward(names, options),
        "replay": lambda: replay(names, options),
        "record": lambda: record_full(names, options),
        "back": lambda: back([float(length) for length in options.lengths.split(",")], options),
    }
    subprocess.run([str(ROOT / "fred"), "--version"], check=True, stdout=subprocess.DEVNULL)  # builds on first use
    for section in options.sections.split(","):
        sections[section]()


def source_of(name: str) -> Path:
    return next(PROGRAMS.glob(name + ".c*"))


def build(name: str, level: str) -> Path:
    source = source_of(name)
    BUILT.mkdir(parents=True, exist_ok=True)
    program = BUILT / (name + level)
    subprocess.run(["g++" if source.suffix == ".cc" else "gcc", "-g", level, "-o", str(program), str(source), "-lm"], check=True)
    return program


def plain(program: Path, rounds: int) -> float:
    """What the program says it took, seconds."""
    answer = subprocess.run([str(program), str(rounds)], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
    return float(answer.stdout.split()[-1])


def rounds_for(program: Path, seconds: float) -> int:
    """How many rounds take so long."""
    rounds = 10
    while True:
        elapsed = min(plain(program, rounds) for _ in range(2))
        if elapsed > min(seconds / 2, 0.1):
            return max(1, int(rounds * seconds / elapsed))
        rounds *= 4


def geomean(values: List[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, values)))


def verdict(value: float, goal: float) -> str:
    return "" if value <= goal else f"  missed (goal {goal:g})"


# -- forward ---------------------------------------------------------------------------------------------------------------


def took(output: Path) -> float:
    """What a program said."""
    return float(re.findall(r"took (\S+)", output.read_text())[-1])


def own_time(command: List[str], output: Path) -> float:
    with output.open("w") as file:
        subprocess.run(command, stdout=file, stdin=subprocess.DEVNULL, check=True)
    return took(output)


def under_fred(program: Path, rounds: int, head: str, output: Path) -> Tuple[float, float]:
    """What the program says, and how much later the answer to `continue` came: that its end has been located."""
    with Fred(program, [str(rounds)], options=["--head", head], output=str(output)) as fred:
        stop, elapsed = fred.do("continue")
        assert stop["stop"]["reason"] == "exit", stop
        seconds = took(output)
        return seconds, elapsed / 1e3 - seconds


def forward_row(program: Path, rounds: int, runs: int) -> Dict[str, float]:
    samples: Dict[str, List[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "output"
        for _ in range(runs):
            native, stop = under_fred(program, rounds, "native", output)
            each = {
                "plain": own_time([str(program), str(rounds)], output),
                "native": native,
                "stop": stop,
                "translated": under_fred(program, rounds, "translated", output)[0],
                "gdb": own_time(["gdb", "-nx", "-batch", "-ex", "run", "--args", str(program), str(rounds)], output),
            }
            for name, value in each.items():
                samples.setdefault(name, []).append(value)
    return {name: statistics.median(values) for name, values in samples.items()}


def forward(names: List[str], options: argparse.Namespace) -> None:
    print(f"\nForward, x of the plain run (the program's own clock, medians of {options.runs} alternating runs; {options.level})")
    print(f"{'program':12}{'plain s':>9}{'native':>9}{'translated':>12}{'gdb alone':>11}{'end located ms later':>22}")
    ratios: Dict[str, List[float]] = {"native": [], "translated": [], "gdb": []}
    for name in names:
        program = build(name, options.level)
        row = forward_row(program, rounds_for(program, options.seconds), options.runs)
        for way, values in ratios.items():
            values.append(row[way] / row["plain"])
        native, translated, gdb = (values[-1] for values in ratios.values())
        missed = verdict(native, WRITING_GOAL if name in WRITING else FORWARD_GOAL)
        print(f"{name:12}{row['plain']:9.2f}{native:9.2f}{translated:12.2f}{gdb:11.2f}{row['stop'] * 1e3:22.0f}{missed}", flush=True)
    native, translated, gdb = (geomean(values) for values in ratios.values())
    print(f"{'geomean':12}{'':9}{native:9.2f}{translated:12.2f}{gdb:11.2f}{'':22}{verdict(native, FORWARD_GOAL)}", flush=True)


# -- replay ----------------------------------------------------------------------------------------------------------------


def replay(names: List[str], options: argparse.Namespace) -> None:
    sys.path.insert(0, str(ROOT / "tests" / "native"))
    import native  # the tests' controller for libfred: nothing but the replica is timed

    print(f"\nReplay by a replica from the entry to the end, x of the plain run ({options.seconds:g} s, medians of {options.runs}; {options.level})")
    print(f"{'program':12}{'plain s':>9}{'replay':>9}{'G instructions/s':>18}")
    ratios: List[float] = []
    for name in names:
        program = build(name, options.level)
        rounds = rounds_for(program, options.seconds)
        samples: Dict[str, List[float]] = {"plain": [], "replay": []}
        with tempfile.TemporaryFile() as output, native.Session(
            [str(program), str(rounds)], str(ROOT / "artifacts" / "fred"), ("head=native",), ("--stdin", "/dev/null", "--stdout", "/dev/null"), stderr=output
        ) as session:
            head = session.spawn()
            start = session.checkpoint(head)
            head.run()
            for _ in range(options.runs):
                samples["plain"].append(plain(program, rounds))
                replica = session.replica(start)
                started = time.perf_counter()
                ticks = replica.run()["tick"]
                samples["replay"].append(time.perf_counter() - started)
                replica.send("exit")
        base, replayed = (statistics.median(samples[way]) for way in ("plain", "replay"))
        ratios.append(replayed / base)
        print(f"{name:12}{base:9.2f}{ratios[-1]:9.2f}{ticks / replayed / 1e9:18.2f}", flush=True)
    print(f"{'geomean':12}{'':9}{geomean(ratios):9.2f}{verdict(geomean(ratios), REPLAY_GOAL)}", flush=True)


# -- gdb's own recording ---------------------------------------------------------------------------------------------------


def record_full(names: List[str], options: argparse.Namespace) -> None:
    print(f"\ngdb's `record full`, one round of each (at most {RECORD_PATIENCE} s)")
    print(f"{'program':12}{'instructions':>14}{'us each':>9}  what ended it")
    for name in names:
        program = build(name, options.level)
        begin = next(n for n, line in enumerate(source_of(name).read_text().splitlines(), 1) if "timed_begin();" in line) + 1
        commands = ["set pagination off", f"break {begin}", "run", "record full", "set record full insn-number-max unlimited", "continue", "info record"]
        words = ["timeout", "-s", "INT", str(RECORD_PATIENCE), "gdb", "-nx", "-batch", *(word for command in commands for word in ("-ex", command)), "--args", str(program), "1"]
        started = time.perf_counter()
        text = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        elapsed = time.perf_counter() - started
        found = re.search(r"Log contains (\d+) instructions", text.stdout)
        count = int(found[1]) if found else 0
        print(f"{name:12}{count:14}{elapsed * 1e6 / max(count, 1):9.0f}  {'patience' if elapsed >= RECORD_PATIENCE else what_ended(text.stdout + text.stderr)}", flush=True)


def what_ended(text: str) -> str:
    for pattern in (r"Process record does not support instruction .*", r"Process record: .*"):
        found = re.search(pattern, text)
        if found:
            return found[0][:90]
    return "the program's end"


# -- back ------------------------------------------------------------------------------------------------------------------


def back(lengths: List[float], options: argparse.Namespace) -> None:
    program = build(SEARCHED, options.level)
    source = (PROGRAMS / f"{SEARCHED}.c").read_text().splitlines()
    last = next(n for n, line in enumerate(source, 1) if "printf(" in line)
    for seconds in lengths:
        rounds = rounds_for(program, seconds)
        runs = max(1, min(options.runs, int(60 / seconds)))
        print(f"\nBackwards in {SEARCHED}.c, {seconds:g} s alone, {runs} sittings ({options.level})", flush=True)
        samples: Dict[str, List[float]] = {}
        for _ in range(runs):
            samples.setdefault("plain", []).append(plain(program, rounds))
            one_sitting(program, rounds, last, samples)
        report(samples)


def one_sitting(program: Path, rounds: int, last: int, samples: Dict[str, List[float]]) -> None:
    with Fred(program, [str(rounds)], options=["--head", "native"]) as fred:
        fred.do(f"break {last}")
        fred.do("continue")
        samples.setdefault("first reverse-step", []).append(fred.do("reverse-step")[1])
        samples.setdefault("further", []).extend(fred.do("reverse-step")[1] for _ in range(40))
        for title, command in (
            ("reverse-watch of a scalar", f"reverse-watch total < {rounds // 2}"),
            ("reverse-watch list_len(head) < 10", "reverse-watch list_len(head) < 10"),
            ("reverse-continue without a hit", "reverse-continue"),
        ):
            fred.do("goto live")
            if command == "reverse-continue":
                fred.do("delete")
                fred.do("break never")
            answer, elapsed = fred.do(command)
            expected = "start-of-history" if command == "reverse-continue" else "transition"
            assert answer["stop"]["reason"] == expected, answer
            samples.setdefault(title, []).append(elapsed)


def report(samples: Dict[str, List[float]]) -> None:
    alone = statistics.median(samples["plain"])
    first, further = samples["first reverse-step"], samples["further"]
    print(f"  first reverse-step after the run   {statistics.median(first):7.0f} ms{verdict(statistics.median(first), 600)}")
    p50, p95 = percentile(further, 50), percentile(further, 95)
    print(f"  further ones, p50 / p95            {p50:7.1f} / {p95:.1f} ms{verdict(p50, 15)}{verdict(p95, 60)}")
    for title in ("reverse-watch of a scalar", "reverse-watch list_len(head) < 10"):
        value = statistics.median(samples[title]) / 1e3
        print(f"  {title:35}{value:7.2f} s = {value / alone:.2f}x{verdict(value, round(0.5 + 0.2 * alone, 2))}")
    value = statistics.median(samples["reverse-continue without a hit"]) / 1e3
    print(f"  reverse-continue without a hit     {value:7.2f} s = {value / alone:.2f}x{verdict(value / alone, 4)}", flush=True)


if __name__ == "__main__":
    main()
