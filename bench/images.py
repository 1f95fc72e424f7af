"""Images by DMTCP: fred.checkpoint() and `fred workspace open` against bare dmtcp_command and dmtcp_restart on the same process.

    python3 bench/images.py [MB ...]        heaps of so many megabytes (default 10 100); needs DMTCP on PATH or in FRED_DMTCP

Prints the best of three of each, in seconds, and the image's size. The bare tools are run as Fred runs them but for what Fred adds: their coordinator's messages wait for each other.
"""

import glob
import os
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
TRIES = 3


def bare(megabytes, folder, program):
    """Seconds of dmtcp_command -bc and of dmtcp_restart until the program answers, and the image's bytes."""
    port_file = os.path.join(folder, "port")
    launch = [_dmtcp.tool("dmtcp_launch"), "-q", "-q", "--new-coordinator", "-p", "0", "--port-file", port_file, "--no-gzip", "--ckptdir", folder, "--tmpdir", folder, PYTHON, program, str(megabytes)]
    took, back = [], []
    with subprocess.Popen(launch, stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True) as process:
        answer(process, "hello")
        with open(port_file) as file:
            port = file.read().strip()
        for _ in range(TRIES):
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
    with subprocess.Popen(FRED + ["run", "--name", "bench", "--", PYTHON, program, str(megabytes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True, env=environment) as process:
        took = [float(answer(process, "take %d" % each).split()[0]) for each in range(TRIES)]
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


def main():
    print("%8s %20s %20s %18s" % ("heap MB", "checkpoint (bare)", "restart (bare)", "image MB (bare)"))
    for megabytes in [int(each) for each in sys.argv[1:]] or [10, 100]:
        results = []
        for measure in (ours, bare):
            with tempfile.TemporaryDirectory() as folder:
                program = os.path.join(folder, "program.py")
                with open(program, "w") as file:
                    file.write(PROGRAM)
                os.environ["PYTHONPATH"] = os.path.join(ROOT, "src", "Fred.Backends", "python")
                results.append(measure(megabytes, folder, program))
        (a, b, c), (x, y, z) = results
        print("%8d %11.3f (%.3f) %11.3f (%.3f) %10.1f (%.1f)" % (megabytes, a, x, b, y, c / 1e6, z / 1e6))


if __name__ == "__main__":
    main()
