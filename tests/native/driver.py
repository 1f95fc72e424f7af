"""A small controller for libfred: everything the C# side does, in the least code, for tests of the native part alone."""
import json
import mmap
import os
import selectors
import shutil
import socket
import subprocess
import tempfile
import time
from urllib.parse import quote, unquote

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE_BYTES = (64 << 10) + (1 << 20)
TIMEOUT = 60.0
STOP_FIELDS = ("reason", "tick", "cursor", "depth", "kind", "line", "probe", "breakpoints", "file", "function", "detail", "thread", "threads")


class ProtocolError(Exception):
    """A process said something else than was expected, or nothing in time."""


def text(value):
    """A text field of a control line."""
    return quote(value, safe="._/:<>=+,@-") or "%"


def decoded(field):
    return "" if field == "%" else unquote(field)


class Connection:
    """One process of the session."""

    def __init__(self, connection):
        self.socket = connection
        self.buffer = b""
        self.notices = []
        self.followed = []  # (pid or 0, processes the program had made)

    def line(self, timeout=TIMEOUT):
        self.socket.settimeout(timeout)
        while b"\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError("a process left")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode()

    def words(self, timeout=TIMEOUT):
        words = self.line(timeout).split(" ")
        if words[0] == "notice":
            self.notices.append(decoded(words[1]))
            return self.words(timeout)
        if words[0] == "followed":
            self.followed.append((int(words[1]), int(words[2])))
            return self.words(timeout)
        return words

    def send(self, *words):
        self.socket.sendall((" ".join(map(str, words)) + "\n").encode())

    def hello(self):
        words = self.words()
        if words[:2] != ["hello", "3"]:
            raise ProtocolError(words)
        self.role, self.token = words[2], int(words[3])
        self.pid, self.tick, self.cursor = map(int, words[4:7])
        return self

    def placed(self):
        """Reads where a new checkpoint or replica stands."""
        if self.role in ("checkpoint", "replica"):
            self.stopped()
        return self

    def stopped(self, timeout=TIMEOUT):
        words = self.words(timeout)
        if words[0] != "stopped":
            raise ProtocolError([decoded(word) for word in words])
        stop = dict(zip(STOP_FIELDS, words[1:]))
        for name in ("tick", "cursor", "depth", "line", "probe", "thread", "threads"):
            stop[name] = int(stop[name])
        for name in ("file", "function", "detail"):
            stop[name] = decoded(stop[name])
        self.tick, self.cursor, self.stop = stop["tick"], stop["cursor"], stop
        return stop

    def run(self, *options):
        self.send("run", *options)
        return self.stopped()

    def scan(self, *options):
        """Matches and the end tick of a scan."""
        self.send("run", *options)
        matches = []
        while True:
            words = self.words()
            if words[0] == "match":
                matches.append((int(words[1]), int(words[2])))
            elif words[0] == "scanned":
                return matches, int(words[1])
            else:
                raise ProtocolError(words)

    def close(self):
        self.socket.close()

    def ask(self, **request):
        """A request to an inspector."""
        request["id"] = 1
        self.socket.sendall((json.dumps(request) + "\n").encode())
        answer = json.loads(self.line())
        if "error" in answer:
            raise ProtocolError(answer["error"])
        return answer


class Session:
    """One program under libfred."""

    connection, library = Connection, "libfred.so"

    def __init__(self, command, native, options=("hash=1",), launcher_options=(), environment=(), log_name="log", **popen):
        self.directory = tempfile.mkdtemp(prefix="fred-native-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        self.page_path, self.log = (os.path.join(self.directory, name) for name in ("page", log_name))
        with open(self.page_path, "wb") as page:
            page.truncate(PAGE_BYTES)
        with open(self.page_path, "r+b") as page:
            self.page = mmap.mmap(page.fileno(), PAGE_BYTES)
        self.words = memoryview(self.page).cast("Q")
        self.options = options
        self.strays, self.exits = [], {}
        self.next_token, self.next_slot = 1, 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(self.directory, "agent.sock"))
        self.listener.listen(64)
        self.process = subprocess.Popen(
            [os.path.join(native, "fred-launcher"), "--socket", self.listener.getsockname(), *launcher_options, "--",
             "LD_PRELOAD=" + os.path.join(native, self.library), "FRED_SOCKET=" + self.listener.getsockname(), *environment, *command], **popen)
        self.launcher = self.accept()

    def accept(self):
        self.listener.settimeout(TIMEOUT)
        return self.connection(self.listener.accept()[0]).hello()

    def accept_from(self, pid):
        """The connection of one process; others that arrive first wait in `strays` (a checkpoint the head took at its very end)."""
        while True:
            for child in [*self.strays]:
                if child.pid == pid:
                    self.strays.remove(child)
                    return child
            self.strays.append(self.accept())

    def token(self):
        self.next_token += 1
        return self.next_token

    def slot(self):
        self.next_slot = self.next_slot % 1000 + 1
        base = 8 + 8 * self.next_slot
        for i in range(8):
            self.words[base + i] = 0
        return self.next_slot

    def spawn(self, mode="record", stdio="real", log=None):
        """Starts the program; returns it stopped at its entry."""
        token = self.token()
        self.launcher.send("spawn", token, stdio)
        answer = self.launcher.words()
        while answer[0] == "exited":
            self.exits[int(answer[1])] = int(answer[2])
            answer = self.launcher.words()
        if answer[0] != "spawned":
            raise ProtocolError(answer)
        process = self.accept_from(int(answer[2]))
        process.slot = self.slot()
        process.send("mode", mode, process.slot, text(self.page_path), text(log or self.log), *self.options)
        process.stopped()
        return process

    def fork(self, source, what, *arguments):
        token = self.token()
        source.send("fork-" + what, token, *arguments)
        answer = source.words()
        if answer[0] != "forked":
            raise ProtocolError(answer)
        child = self.accept_from(int(answer[2]))
        if child.token != token:
            raise ProtocolError((child.token, answer))
        return child.placed()

    def checkpoint(self, source):
        return self.fork(source, "checkpoint")

    def replica(self, source, log=None):
        slot = self.slot()
        child = self.fork(source, "replica", slot, text(log or self.log))
        child.slot = slot
        return child

    def inspect(self, source):
        return self.fork(source, "inspector")

    def request_checkpoint(self, head):
        """Asks a running head for a checkpoint at its next tick."""
        base = 8 + 8 * head.slot
        self.words[base + 2] = token = self.token()
        self.words[base + 1] = 0
        return token

    def pause(self, head):
        base = 8 + 8 * head.slot
        self.words[base + 3] = 1
        self.words[base + 1] = 0
        if self.words[base + 4]:
            self.launcher.send("signal", head.pid, 16)

    def event_hash(self, process):
        return self.words[8 + 8 * process.slot + 5]

    def run_with_checkpoints(self, head, every, *options):
        """Lets the head run to its next stop and takes a checkpoint every so many seconds. Returns them and the stop."""
        checkpoints = []
        head.send("run", *options)
        with selectors.DefaultSelector() as selector:
            selector.register(head.socket, selectors.EVENT_READ)
            selector.register(self.listener, selectors.EVENT_READ)
            next_request = time.monotonic() + every
            while b"\n" not in head.buffer:
                ready = [key.fileobj for key, _ in selector.select(max(0.0, next_request - time.monotonic()))]
                if self.listener in ready:
                    checkpoints.append(self.accept().placed())
                if head.socket in ready:
                    break
                if time.monotonic() >= next_request:
                    self.request_checkpoint(head)
                    next_request = time.monotonic() + every
        return checkpoints, head.stopped()

    def close(self):
        self.launcher.close()
        self.process.wait(TIMEOUT)
        self.listener.close()
        shutil.rmtree(self.directory)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
