"""Images by DMTCP of native programs. Needs DMTCP on PATH or in FRED_DMTCP, gcc, and ./fred built.

    python3 bench/native_images.py [MB ...]     an image of a native head, and its restart, against bare dmtcp_command and dmtcp_restart on the same program, with heaps of so many
                                                megabytes (default 10 100 1000)

In turns, as in images.py: seconds, ratios, and the image's size. A restart of Fred's ends with a parked checkpoint that has said hello, one of the bare tools with the program's answer.
"""

import glob
import os
import subprocess
import sys
import time

import images
from fred import _coordinator
from images import ROOT

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
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not os.path.exists(port_file) or not os.path.getsize(port_file):
        time.sleep(0.01)
    _coordinator._send_at_once(process.pid)
    with open(port_file) as file:
        return process, file.read().strip()


class Ours:
    """A native head, stopped behind the filling of its heap."""

    def __init__(self, megabytes, folder, program):
        self.folder, self.image, self.taken = folder, os.path.join(folder, "image.dmtcp"), 0
        self.coordinator, port = coordinator(folder)
        command = [images._dmtcp.tool("dmtcp_launch"), "-q", "-q", "--kernel-loader", "-j", "-p", port, "--no-gzip", "--ckptdir", folder, "--tmpdir", folder, *PLUGINS, program.path, str(megabytes)]
        self.session = native.Session(command, os.path.join(ROOT, "artifacts", "native"), ("head=native",), ("--stdin", "/dev/null", "--stdout", "/dev/null"), ("FRED_IMAGES=/dev/null",))
        self.head = self.session.spawn()
        start = self.session.checkpoint(self.head)
        self.head.breakpoints(program["here"])
        self.head.run("bp=1")
        self.tick = self.session.locate(start, self.head)
        self.head.ask_for("ok", "tick", self.tick)

    def take(self):
        """Seconds of the command `image`."""
        self.taken += 1
        began = time.perf_counter()
        self.head.send("image", self.taken, self.image, self.tick)
        if self.head.words() != ["imaged", str(self.taken), "0"]:
            raise ValueError("no image was written")
        return time.perf_counter() - began

    def images(self):
        return [self.image] if os.path.exists(self.image) else []

    def restart(self):
        """Seconds until a parked checkpoint has said hello."""
        began, token = time.perf_counter(), self.session.token()
        words = ["FRED_SOCKET=" + self.session.listener.getsockname(), "FRED_PAGE=" + self.session.page_path, "FRED_TOKEN=%d" % token, "LD_PRELOAD=",
                 images._dmtcp.tool("dmtcp_restart"), "-q", "-q", "--no-strict-checking", "--new-coordinator", "-p", "0", "--tmpdir", self.folder, self.image]
        path = os.path.join(self.folder, "start-%d" % token)
        with open(path, "w") as file:
            file.write("".join(word + "\0" for word in words))
        self.session.launcher.send("start", token, "null", path)
        parked = self.session.accept().placed()
        took = time.perf_counter() - began
        parked.send("exit")
        return took

    def close(self):
        self.session.close()
        self.coordinator.wait()


def bare(megabytes, folder, program):
    return images.Bare(megabytes, folder, [program.path])


def make(folder):
    source = os.path.join(folder, "heap.c")
    with open(source, "w") as file:
        file.write(PROGRAM)
    return native.Program(source, folder, "-O1")


if __name__ == "__main__":
    images.compare("image", [int(each) for each in sys.argv[1:]] or [10, 100, 1000], Ours, bare, make)
