"""Threads that start processes, read pipes and files, and walk a directory at the same time."""
import os
import subprocess
import sys
import tempfile
import threading

outputs, sizes = {}, []


def run(number):
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid() % 10 + %d)" % number], stdout=subprocess.PIPE, check=True)
    outputs[number] = done.stdout


def files(directory):
    for number in range(10):
        path = os.path.join(directory, str(number))
        with open(path, "wb") as file:
            file.write(os.urandom(100 * number))
        sizes.append((number, os.stat(path).st_size, os.stat(path).st_mtime_ns))


with tempfile.TemporaryDirectory() as scratch:
    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)] + [threading.Thread(target=files, args=(scratch,))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = sorted(os.listdir(scratch))
print(sorted(outputs), len(sizes), found)
