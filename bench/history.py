#!/usr/bin/env python3
"""How long a question to a whole history takes, with one job and with several: the time of `fred log` at a line of a program of some 1e7 statements.

    bench/history.py [--statements 1e7] [--runs 5] [--jobs 2]

Runs are interleaved, the least time of each kind counts. Give it the machine to itself, or real-time priority: chrt -f 1 bench/history.py
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = '''\
import sys

class Account:
    def __init__(self):
        self.balance = 0
        self.entries = {}

    def book(self, day, amount):
        self.balance += amount
        self.entries[day % 1000] = "%d at %d" % (amount, day)
        return self.balance

account = Account()
for day in range(int(sys.argv[1])):
    amount = (day * 7919) % 201 - 100
    account.book(day, amount)
    if day % 40 == 0:
        month_end = account.balance
print(account.balance)
'''
STATEMENTS_A_DAY = 7.0
PLACE, EXPRESSIONS = 18, ("account.balance", "day")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--statements", default="1e7")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    days = int(float(given.statements) / STATEMENTS_A_DAY)
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "accounts.py"
        program.write_text(PROGRAM)
        measured = {1: [], given.jobs: []}
        for _ in range(given.runs):
            for jobs, times in measured.items():
                times.append(search(program, days, jobs))
    best = {jobs: min(times) for jobs, times in measured.items()}
    for jobs, (seconds, rows, intervals) in best.items():
        print("%d job%s: %.2f s for %d answers from %d intervals" % (jobs, "s" * (jobs > 1), seconds, rows, intervals))
    print("%.2f times as fast with %d jobs as with one" % (best[1][0] / best[given.jobs][0], given.jobs))


def search(program: Path, days: int, jobs: int) -> tuple:
    """Seconds of the search, answers, intervals."""
    command = [str(ROOT / "fred"), "log", "--jobs", str(jobs), "--at", "%s:%d" % (program, PLACE)]
    for each in EXPRESSIONS:
        command += ["--expr", each]
    command += ["--json", "/dev/null", "--", "python3", str(program), str(days)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    rows, intervals, seconds = re.findall(r"^\((\d+); (\d+) intervals;.*search ([\d.]+) s\)$", done.stdout, re.M)[-1]
    return float(seconds), int(rows), int(intervals)


if __name__ == "__main__":
    main()
