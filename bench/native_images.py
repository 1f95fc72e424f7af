"""Images by DMTCP of native programs. Needs DMTCP on PATH or in FRED_DMTCP, gcc, and ./fred built.

    python3 bench/native_images.py [MB ...]     an image of a native head, and its restart, against bare dmtcp_command and dmtcp_restart on the same program, with heaps of so many
                                                megabytes (default 10 100 1000)

The best of three of each, in seconds, and the image's size; as in images.py. A restart of Fred's ends with a parked checkpoint that has said hello, one of the bare tools with the program's answer.
"""

import glob
import os
import subprocess
import sys
import time

import images
from fred import _coordinator
from images import ROOT, TRIES

sys.path.insert(0, os.path.join(ROOT, "tests", "native"))
import native  # noqa: E402  (the tests' controller for libfred)

PROGRAM = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
__attribute__((noinline)) void here(void) { __asm__ volatile(""); }
int main(int argc, char **argv)
{
    size_t size = (size_t)atol(argv[1]) << 20;
    char *heap = malloc(size), line[64];
    for (size_t i = 0; i < size; i += 4096)
        memset(heap + i, 'x', 512);
    here();
    while (fgets(line, sizeof line, stdin) != NULL) {
        puts("here");
        fflush(stdout);
    }
    return heap[0] != 'x';
}
"""
PLUGINS = ["--disable-%s-plugin" % name for name in ("alloc", "dl", "ssh", "event", "file", "pty", "socket", "svipc", "timer")]


def coordinator(folder):
    """One without the waits of its messages for each other, as Fred's are; and its port."""
    port_file = os.path.join(folder, "port")
    process = subprocess.Popen([images._dmtcp.tool("dmtcp_coordinator"), "-q", "-q", "--exit-on-last", "-p", "0", "--port-file", port_file, "--ckptdir", folder, "--tmpdir", folder],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while not os.path.exists(port_file) or not os.path.getsize(port_file):
        time.sleep(0.01)
    _coordinator._send_at_once(process.pid)
    with open(port_file) as file:
        return process, file.read().strip()


def restart(session, folder, image):
    token = session.token()
    words = ["FRED_SOCKET=" + session.listener.getsockname(), "FRED_PAGE=" + session.page_path, "FRED_TOKEN=%d" % token, "LD_PRELOAD=",
             images._dmtcp.tool("dmtcp_restart"), "-q", "-q", "--no-strict-checking", "--new-coordinator", "-p", "0", "--tmpdir", folder, image]
    path = os.path.join(folder, "start-%d" % token)
    with open(path, "w") as file:
        file.write("".join(word + "\0" for word in words))
    session.launcher.send("start", token, "null", path)
    return session.accept().placed()


def ours(megabytes, folder, program):
    """Seconds of an image and of its restart, and its bytes."""
    own, port = coordinator(folder)
    command = [images._dmtcp.tool("dmtcp_launch"), "-q", "-q", "--kernel-loader", "-j", "-p", port, "--no-gzip", "--ckptdir", folder, "--tmpdir", folder, *PLUGINS, program.path, str(megabytes)]
    library = os.path.join(ROOT, "artifacts", "native")
    took, back, image = [], [], os.path.join(folder, "image.dmtcp")
    with native.Session(command, library, ("head=native",), ("--stdin", "/dev/null", "--stdout", "/dev/null"), ("FRED_IMAGES=/dev/null",)) as session:
        head = session.spawn()
        start = session.checkpoint(head)
        head.breakpoints(program["here"])
        head.run("bp=1")
        tick = session.locate(start, head)
        head.ask_for("ok", "tick", tick)
        for each in range(TRIES):
            os.sync()
            began = time.perf_counter()
            head.send("image", each + 1, image, tick)
            if head.words() != ["imaged", str(each + 1), "0"]:
                raise ValueError("no image was written")
            took.append(time.perf_counter() - began)
        for _ in range(TRIES):
            began = time.perf_counter()
            parked = restart(session, folder, image)
            back.append(time.perf_counter() - began)
            parked.send("exit")
    own.wait()
    return min(took), min(back), os.stat(image).st_size


def bare(megabytes, folder, program):
    return images.bare(megabytes, folder, [program.path])


def make(folder):
    source = os.path.join(folder, "heap.c")
    with open(source, "w") as file:
        file.write(PROGRAM)
    return native.Program(source, folder, "-O1")


if __name__ == "__main__":
    images.compare("image", [int(each) for each in sys.argv[1:]] or [10, 100, 1000], ours, bare, make)
