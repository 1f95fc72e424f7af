"""Images by DMTCP. Needs DMTCP on PATH or in FRED_DMTCP.

    python3 bench/images.py heaps [MB ...]          fred.checkpoint() and `fred workspace open` against bare dmtcp_command and dmtcp_restart on the same process, with heaps of so
                                                    many megabytes (default 10 100 1000)
    python3 bench/images.py intervals [SECONDS ...] what images at such intervals (default 1 5 30) cost a running program: against the same with forks only, in alternating runs
    python3 bench/images.py resume                  from the shell to the first reverse-step of a saved session: with images, and replayed from its log

Each is done TRIES times (a variable; 3). Heaps: the best of each, in seconds, and the image's size. The bare tools are run as Fred runs them but for what Fred adds: their coordinator's messages wait for each other.
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
TRIES = int(os.environ.get("TRIES", "3"))


def bare(megabytes, folder, program):
    """Seconds of dmtcp_command -bc and of dmtcp_restart until the program answers, and the image's bytes."""
    port_file = os.path.join(folder, "port")
    launch = [_dmtcp.tool("dmtcp_launch"), "-q", "-q", "--new-coordinator", "-p", "0", "--port-file", port_file, "--no-gzip", "--ckptdir", folder, "--tmpdir", folder, *program, str(megabytes)]
    took, back = [], []
    with subprocess.Popen(launch, stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True) as process:
        answer(process, "hello")
        with open(port_file) as file:
            port = file.read().strip()
        for _ in range(TRIES):
            os.sync()  # or a gigabyte waits for the one before it
            began = time.perf_counter()
            subprocess.run([_dmtcp.tool("dmtcp_command"), "-p", port, "-bc"], check=True, stdout=subprocess.DEVNULL)
            took.append(time.perf_counter() - began)
        process.stdin.close()
    (image,) = glob.glob(os.path.join(folder, "*.dmtcp"))
    for _ in range(TRIES):
        began = time.perf_counter()
        with subprocess.Popen([_dmtcp.tool("dmtcp_restart"), "-q", "-q", "--no-strict-checking", "--new-coordinator", "-p", "0", image], stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True) as process:
            try:
                answer(process, "hello")
                back.append(time.perf_counter() - began)
                process.stdin.close()
            except (BrokenPipeError, ValueError):
                pass  # with random addresses it dies now and then
    return min(took), min(back) if back else float("nan"), os.stat(image).st_size


def ours(megabytes, folder, program):
    """The same of fred.checkpoint() and fred workspace open."""
    environment = {**os.environ, "FRED_WORKSPACES": folder}
    with subprocess.Popen(FRED + ["run", "--name", "bench", "--", *program, str(megabytes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True, env=environment) as process:
        took = []
        for each in range(TRIES):
            os.sync()
            took.append(float(answer(process, "take %d" % each).split()[0]))
        process.stdin.close()
    back = []
    for each in range(TRIES):
        began = time.perf_counter()
        with subprocess.Popen(FRED + ["open", "s%d" % each], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, universal_newlines=True, env=environment) as process:
            process.stdout.readline()
            back.append(time.perf_counter() - began)
    return min(took), min(back), os.stat(os.path.join(folder, "s0", "image.dmtcp")).st_size


def answer(process, line):
    process.stdin.write(line + "\n")
    process.stdin.flush()
    told = process.stdout.readline()
    if not told:
        raise ValueError("the program has ended")
    return told


def compare(what, sizes, ours, bare, make):
    """A row for each size of heap; `make` writes the program into a folder."""
    print("%8s %20s %20s %18s" % ("heap MB", what + " (bare)", "restart (bare)", "image MB (bare)"))
    for megabytes in sizes:
        results = []
        for measure in (ours, bare):
            with tempfile.TemporaryDirectory() as folder:
                results.append(measure(megabytes, folder, make(folder)))
        (a, b, c), (x, y, z) = results
        print("%8d %11.3f (%.3f) %11.3f (%.3f) %10.1f (%.1f)" % (megabytes, a, x, b, y, c / 1e6, z / 1e6), flush=True)


def make(folder):
    program = os.path.join(folder, "program.py")
    with open(program, "w") as file:
        file.write(PROGRAM)
    return [PYTHON, program]


def heaps(sizes):
    os.environ["PYTHONPATH"] = os.path.join(ROOT, "src", "Fred.Backends", "python")
    compare("checkpoint", sizes, ours, bare, make)


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
