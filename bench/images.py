"""Images by DMTCP. Needs DMTCP on PATH or in FRED_DMTCP.

    python3 bench/images.py heaps [MB ...]          fred.checkpoint() and `fred workspace open` against bare dmtcp_command and dmtcp_restart on the same process, with heaps of so
                                                    many megabytes (default 10 100 1000)
    python3 bench/images.py intervals [SECONDS ...] what images at such intervals (default 1 5 30) cost a running program: against the same with forks only, in alternating runs
    python3 bench/images.py resume                  from the shell to the first reverse-step of a saved session: with images, and replayed from its log

Each is done TRIES times (a variable; 7, intervals and resume 3). Heaps: Fred and the bare tools do it in turns, on the same disk and with nothing left to be written to it: a gigabyte goes into
the page cache in a third of a second, unless the disk is busy with the one before or memory has to be found, which takes either side seconds now and then. So what counts is the median of the pairs'
ratios; their quartiles say how quiet the machine was. The bare tools are run as Fred runs them but for what Fred adds: their coordinator's messages wait for each other.
"""

import glob
import json
import statistics
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "src", "Fred.Backends", "python"))
from fred import _dmtcp  # noqa: E402

PYTHON = os.path.realpath("/usr/bin/python3")
FRED = [PYTHON, "-I", "-S", "-B", os.path.join(ROOT, "src", "Fred.Backends", "python", "fred", "__main__.py")]
PROGRAM = """\
import fred, sys, time
heap = bytearray(int(sys.argv[1]) << 20)
heap[::4096] = b"x" * len(heap[::4096])
for line in sys.stdin:
    if line.startswith("take"):
        began = time.perf_counter()
        fred.checkpoint("s" + line[5:-1])
        print("%.3f %d" % (time.perf_counter() - began, fred.is_restart()), flush=True)
        if fred.is_restart():
            break
    else:
        print("here", flush=True)
"""
TRIES, PAIRS = (int(os.environ.get("TRIES", default)) for default in ("3", "7"))


class Bare:
    """A program under DMTCP's own commands."""

    def __init__(self, megabytes, folder, program):
        self.folder, port_file = folder, os.path.join(folder, "port")
        launch = [_dmtcp.tool("dmtcp_launch"), "-q", "-q", "--new-coordinator", "-p", "0", "--port-file", port_file, "--no-gzip", "--ckptdir", folder, "--tmpdir", folder]
        self.process = subprocess.Popen([*launch, *program, str(megabytes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True)
        answer(self.process, "hello")
        with open(port_file) as file:
            self.port = file.read().strip()

    def take(self):
        """Seconds of dmtcp_command -bc."""
        began = time.perf_counter()
        subprocess.run([_dmtcp.tool("dmtcp_command"), "-p", self.port, "-bc"], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began

    def images(self):
        return glob.glob(os.path.join(self.folder, "*.dmtcp"))

    def restart(self):
        """Seconds of dmtcp_restart until the program answers; None when it dies, as it does now and then with random addresses."""
        began = time.perf_counter()
        command = [_dmtcp.tool("dmtcp_restart"), "-q", "-q", "--no-strict-checking", "--new-coordinator", "-p", "0", *self.images()]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True) as process:
            try:
                answer(process, "hello")
                took = time.perf_counter() - began
                process.stdin.close()
                return took
            except (BrokenPipeError, ValueError):
                return None

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Ours:
    """The same under fred workspace."""

    def __init__(self, megabytes, folder, program):
        self.folder, self.environment, self.taken = folder, {**os.environ, "FRED_WORKSPACES": folder}, 0
        self.process = subprocess.Popen(FRED + ["run", "--name", "bench", "--", *program, str(megabytes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True, env=self.environment)
        answer(self.process, "hello")

    def take(self):
        """Seconds of fred.checkpoint()."""
        self.taken += 1
        return float(answer(self.process, "take %d" % self.taken).split()[0])

    def images(self):
        return glob.glob(os.path.join(self.folder, "s*", "image.dmtcp"))

    def restart(self):
        """Seconds of fred workspace open until the program answers."""
        began = time.perf_counter()
        with subprocess.Popen(FRED + ["open", "s%d" % self.taken], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, universal_newlines=True, env=self.environment) as process:
            process.stdout.readline()
            return time.perf_counter() - began

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def answer(process, line):
    process.stdin.write(line + "\n")
    process.stdin.flush()
    told = process.stdout.readline()
    if not told:
        raise ValueError("the program has ended")
    return told


def in_turns(subjects, measure):
    """Pairs of seconds: the subjects one after the other, each first in every second pair. The first pair warms up."""
    pairs = []
    for each in range(PAIRS + 1):
        took = {}
        for subject in subjects if each % 2 == 0 else subjects[::-1]:
            took[subject] = measure(subject)
        pairs.append([took[subject] for subject in subjects])
    return [pair for pair in pairs[1:] if None not in pair]


def take(subject):
    """With no older image, and with nothing that waits to be written to the disk: either would be waited for now and then."""
    for image in subject.images():
        os.remove(image)
    os.sync()
    return subject.take()


def compare(what, sizes, ours, bare, make):
    """A row for each size of heap; `make` writes the program into a folder."""
    print("%8s %8s %32s %32s %18s" % ("heap MB", "pairs", what + " (bare) ratio", "restart (bare) ratio", "image MB (bare)"))
    for megabytes in sizes:
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            subjects = [ours(megabytes, first, make(first)), bare(megabytes, second, make(second))]
            taken = in_turns(subjects, take)
            sizes = [os.stat(subject.images()[0]).st_size / 1e6 for subject in subjects]
            back = in_turns(subjects, lambda subject: subject.restart())
            for subject in subjects:
                subject.close()
        print("%8d %8d %32s %32s %10.1f (%.1f)" % (megabytes, len(taken), row(taken), row(back), *sizes), flush=True)


def row(pairs):
    """Medians of both, and of the pairs' ratios the median and the quartiles."""
    ratios = sorted(a / b for a, b in pairs)
    return "%.3f (%.3f) %.2f [%.2f-%.2f]" % (*(statistics.median(each) for each in zip(*pairs)), statistics.median(ratios), ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4])


def make(folder):
    program = os.path.join(folder, "program.py")
    with open(program, "w") as file:
        file.write(PROGRAM)
    return [PYTHON, program]


def heaps(sizes):
    os.environ["PYTHONPATH"] = os.path.join(ROOT, "src", "Fred.Backends", "python")
    compare("checkpoint", sizes, Ours, Bare, make)


# Statements that take so many seconds here; a heap of 50 MB.
LONG = """import time
heap = bytearray(50 << 20)
heap[::4096] = b"x" * len(heap[::4096])
x = 0
began = time.perf_counter()
while x < %d:
    x += 1
    heap[x & 0xffffff] = 1
print("took %%.3f" %% (time.perf_counter() - began), flush=True)
"""
SEVERAL = 25  # seconds: room for several images, which are never more than a twentieth of the time
STATEMENTS_PER_SECOND = 10_000_000  # of LONG under fred, about


def fred(*words, **variables):
    """Runs ./fred; its answers with the time when they came, and what the program wrote."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as errors, subprocess.Popen(
            [os.path.join(ROOT, "fred")] + list(words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, universal_newlines=True, env={**os.environ, **variables}) as process:
        answers = [(time.perf_counter() - began, json.loads(line)) for line in process.stdout]
        process.wait()
        errors.seek(0)
        told = errors.read()
    failed = [answer["error"]["message"] for _, answer in answers if answer["error"]]
    if failed or process.returncode:
        raise ValueError((failed or [told])[0])
    return answers, told


def commands(*lines):
    return [word for line in lines for word in ("-ex", line)]


def intervals(seconds):
    print("%10s %8s %14s %10s" % ("interval s", "runs", "images taken", "slowdown"))
    for interval in seconds:
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "long.py")
            with open(program, "w") as file:
                file.write(LONG % (STATEMENTS_PER_SECOND * max(SEVERAL, 2.2 * interval)))
            ratios, images = [], []
            for _ in range(TRIES):
                took = {}
                for checkpointer in ("fork", "dmtcp"):
                    _, told = fred("python", "--jsonl", "--python", PYTHON, "--checkpointer", checkpointer, "--interval", str(interval), *commands("continue", "save " + checkpointer), program, XDG_DATA_HOME=folder)
                    took[checkpointer] = float(told.split("took ")[1].split()[0])
                    saved = os.path.join(folder, "fred", "sessions", checkpointer)
                    images.append(len(glob.glob(os.path.join(saved, "*.dmtcp"))))
                    shutil.rmtree(saved)
                ratios.append(took["dmtcp"] / took["fork"])
            print("%10d %8d %14s %10.3f" % (interval, TRIES, max(images) - 1, statistics.median(ratios)), flush=True)


def resume(length):
    print("%12s %12s %18s" % ("", "prompt s", "reverse-step s"))
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "long.py")
        with open(program, "w") as file:
            file.write(LONG % (STATEMENTS_PER_SECOND * length))
        for checkpointer in ("fork", "dmtcp"):
            fred("python", "--jsonl", "--python", PYTHON, "--checkpointer", checkpointer, "--interval", "5", *commands("continue", "save " + checkpointer), program, XDG_DATA_HOME=folder)
        times = {"fork": [], "dmtcp": []}
        for _ in range(TRIES):
            for checkpointer in times:
                answers, _ = fred("session", "resume", checkpointer, "--jsonl", *commands("reverse-step"), XDG_DATA_HOME=folder)
                times[checkpointer].append((answers[0][0], answers[1][0]))
        for checkpointer, name in (("dmtcp", "images"), ("fork", "replayed")):
            print("%12s %12.2f %18.2f" % (name, *(statistics.median(each) for each in zip(*times[checkpointer]))), flush=True)


def main():
    section, given = (sys.argv[1] if len(sys.argv) > 1 else ""), [int(each) for each in sys.argv[2:]]
    if section == "heaps":
        heaps(given or [10, 100, 1000])
    elif section == "intervals":
        intervals(given or [1, 5, 30])
    elif section == "resume":
        resume(*given or [20])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
