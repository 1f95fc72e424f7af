"""Drives `fred python --jsonl` or `fred gdb --jsonl` over pipes and looks at its processes: what bench.py measures with."""
from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

ROOT = Path(__file__).resolve().parent.parent


class Fred:
    """One sitting, with a native program if there is no Python. Every command is timed from sending it to reading its answer, milliseconds."""

    def __init__(self, program: Path, arguments: List[str], python: Optional[str] = None, options: Optional[List[str]] = None, output: str = os.devnull) -> None:
        command = [str(ROOT / "fred"), "gdb" if python is None else "python", "--jsonl", "--output", output]
        command += [] if python is None else ["--python", python]
        command += (options or []) + [str(program), *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.entry, _ = self._answer(time.perf_counter())

    def __enter__(self) -> "Fred":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)

    def do(self, line: str) -> Tuple[Dict, float]:
        """Sends one command; returns its answer and how long it took."""
        assert self.process.stdin is not None
        started = time.perf_counter()
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        answer, elapsed = self._answer(started)
        if answer.get("error"):
            raise RuntimeError(f"{line}: {answer['error']}")
        return answer, elapsed

    def _answer(self, started: float) -> Tuple[Dict, float]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"fred ended with status {self.process.wait()}")
        return json.loads(line), (time.perf_counter() - started) * 1e3

    def children(self) -> Iterator[int]:
        """Every live descendant: launcher, head, checkpoints, replicas."""
        parents: Dict[int, List[int]] = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                parents.setdefault(int(fields[1]), []).append(int(entry))
        pending = [self.process.pid]
        while pending:
            for child in parents.get(pending.pop(), []):
                pending.append(child)
                yield child


def memory(pid: int) -> Tuple[float, float]:
    """RSS and PSS of a process in MiB; zeros when it is gone."""
    sizes = {}
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, value = line.split(":")
            sizes[name] = int(value.split()[0]) / 1024
    except (OSError, ValueError):
        return 0.0, 0.0
    return sizes.get("Rss", 0.0), sizes.get("Pss", 0.0)
