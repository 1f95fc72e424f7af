"""The driver for native programs: the same session, with the messages of docs/agent-protocol.md, section 5."""
import os
import struct
import subprocess
import tempfile

import driver

STOP_FIELDS = ("reason", "tick", "cursor", "exact", "pc", "sp", "signal", "ids", "detail", "thread", "threads")
THREAD_FIELDS = ("number", "tid", "parent", "born", "pc", "sp", "call", "name")
REGISTERS = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags cs ss fs_base gs_base orig_rax zero".split()
PROGRAMS = os.path.join(driver.HERE, "programs")
PAUSE_SIGNAL = 16
ARITHMETIC_FLAGS = 0x8D5
RING_HEADER, RING_EVENTS, RING_RECORD = 4096, 65536, struct.Struct("<QQQiI")


class Process(driver.Connection):
    """One native process of the session."""

    def words(self, timeout=driver.TIMEOUT):
        words = super().words(timeout)
        if words[0] == "output":
            self.output = getattr(self, "output", b"") + bytes.fromhex(words[2])
            return self.words(timeout)
        return words

    def stopped(self, timeout=driver.TIMEOUT):
        self.refused = getattr(self, "refused", [])
        words = self.words(timeout)
        while words[0] == "failed":  # a checkpoint that would have been of the same moment as the one before
            self.refused.append(int(words[1]))
            words = self.words(timeout)
        if words[0] != "stopped":
            raise driver.ProtocolError([driver.decoded(word) for word in words])
        stop = dict(zip(STOP_FIELDS, words[1:]))
        for name in ("tick", "cursor", "exact", "pc", "sp", "signal", "thread", "threads"):
            stop[name] = int(stop[name])
        stop["detail"] = driver.decoded(stop["detail"])
        self.tick, self.cursor, self.stop = stop["tick"], stop["cursor"], stop
        return stop

    def placed(self):
        if self.role in ("checkpoint", "replica", "diversion"):
            self.stopped()
        return self

    def ask_for(self, answer, *request):
        self.send(*request)
        words = self.words()
        if words[0] != answer:
            raise driver.ProtocolError([driver.decoded(word) for word in words])
        return words[1:]

    def general(self, thread=0):
        """The general registers' text, and the vectors'."""
        return self.ask_for("regs", "regs", thread)

    def registers(self, thread=0):
        return dict(zip(REGISTERS, struct.unpack("<24Q", bytes.fromhex(self.general(thread)[0]))))

    def threads(self):
        """By number, what is known of each thread."""
        words = self.ask_for("threads", "threads")[1:]
        table = {}
        for at in range(0, len(words), len(THREAD_FIELDS)):
            fields = dict(zip(THREAD_FIELDS, words[at:at + len(THREAD_FIELDS)]))
            fields = {name: driver.decoded(value) if name == "name" else int(value) for name, value in fields.items()}
            table[fields["number"]] = fields
        return table

    def read(self, address, length):
        field = self.ask_for("bytes", "read", address, length)[0]
        return b"" if field == "%" else bytes.fromhex(field)

    def word(self, address):
        return struct.unpack("<Q", self.read(address, 8))[0]

    def integer(self, address):
        return struct.unpack("<i", self.read(address, 4))[0]

    def write(self, address, data):
        self.ask_for("ok", "write", address, data.hex() or "%")

    def set_registers(self, **values):
        registers = self.registers()
        registers.update(values)
        self.ask_for("ok", "regs-set", struct.pack("<24Q", *registers.values()).hex(), "-")

    def breakpoints(self, *addresses):
        self.send("bp-clear")
        for number, address in enumerate(addresses, 1):
            self.send("bp-add", number, address)

    def watches(self, *ranges):
        self.send("watch-clear")
        for number, (address, length) in enumerate(ranges, 1):
            self.send("watch-add", number, address, length)

    def scan(self, *options):
        """Matches as (tick, ids, pc, value) and the end tick."""
        self.send("run", *options)
        matches = []
        while True:
            words = self.words()
            if words[0] == "match":
                matches.append((int(words[1]), words[2], int(words[3]), words[4]))
            elif words[0] == "scanned":
                return matches, int(words[1])
            else:
                raise driver.ProtocolError(words)

    def scan_after(self, program, *names, limit):
        """All hits of functions, up to and with a tick."""
        self.breakpoints(*(program[name] for name in names))
        return self.scan("bp=1", "mode=all", "limit=%d" % limit)


class Session(driver.Session):
    connection, library = Process, "libfred-native.so"

    def accept(self):
        process = super().accept()
        self.accepted = [*getattr(self, "accepted", ()), process]
        return process

    def close(self):
        for process in self.accepted:
            process.close()
        super().close()

    def run_on(self, process, *options):
        """To the end of the run; the stop."""
        process.send("run", *options)
        return process.stopped()

    def diversion(self, source):
        return self.fork(source, "diversion", self.slot())

    def run_with_checkpoints(self, head, every, *options, origin=None):
        """In the order in which they were taken: they may connect in another one. A native head that asks is located from `origin`."""
        checkpoints, head.asked = [], []
        while True:
            more, stop = super().run_with_checkpoints(head, every, *options)
            checkpoints += more
            if stop["reason"] != "locate":
                return sorted(checkpoints, key=lambda checkpoint: checkpoint.token), stop
            tick = self.locate(origin, head)
            head.ask_for("ok", "tick", tick)
            head.asked.append(tick)

    def locate(self, known, unknown):
        """The tick at which a process that follows the log from `known` is in the state of `unknown`."""
        replica = self.replica(known)
        replica.ask_for("ok", "match", unknown.pid, unknown.general()[0])
        stop = replica.run("match=1")
        replica.send("exit")
        if stop["reason"] != "match":
            raise driver.ProtocolError(stop)
        return stop["tick"]

    def pause(self, process):
        self.words[8 + 8 * process.slot + 3] = 1
        self.launcher.send("signal", process.pid, PAUSE_SIGNAL)

    def request_checkpoint(self, head):
        token = super().request_checkpoint(head)
        self.launcher.send("signal", head.pid, PAUSE_SIGNAL)
        return token

    def line_events(self, process, lines, *options):
        """Runs with line events; (tick, pc, sp, depth) of each, and the stop."""
        names = [os.path.join(self.directory, name) for name in ("lines", "line-log")]
        with open(names[0], "wb") as file:
            file.write(struct.pack("<%dQ" % len(lines), *sorted(lines)))
        process.ask_for("ok", "lines", driver.text(names[0]))
        process.ask_for("ok", "line-log", driver.text(names[1]))
        stop = process.run("lines=1", *options)
        with open(names[1], "rb") as file:
            data = file.read()
        count = struct.unpack_from("<Q", data)[0]
        first = max(0, count - RING_EVENTS)
        events = [RING_RECORD.unpack_from(data, RING_HEADER + i % RING_EVENTS * RING_RECORD.size) for i in range(first, count)]
        self.event_threads = [event[4] for event in events]
        return [event[:4] for event in events], stop


class Program:
    """A C or C++ file, compiled, with the addresses of its symbols. ASLR is off in sessions: a position-independent executable is always at the same place."""

    BASE = 0x555555554000

    def __init__(self, source, directory, *flags):
        source = os.path.join(PROGRAMS, source)
        self.path = os.path.join(directory, os.path.basename(source) + "".join(flag.replace("/", "_") for flag in flags))
        if not os.path.exists(self.path):
            compiler = "g++" if source.endswith(".cc") else "gcc"
            subprocess.run([compiler, "-g", "-w", *flags, "-o", self.path, source, "-ldl", "-lm"], check=True)
        base = 0 if "-no-pie" in flags else self.BASE
        listing = subprocess.run(["nm", self.path], check=True, capture_output=True, text=True).stdout
        self.symbols = {words[2]: int(words[0], 16) + base for words in map(str.split, listing.splitlines()) if len(words) == 3}
        self.base = base

    def __getitem__(self, name):
        return self.symbols[name]

    def lines(self):
        """Addresses that begin a line, and the line of each."""
        listing = subprocess.run(["objdump", "--dwarf=decodedline", self.path], check=True, capture_output=True, text=True).stdout
        rows = {}
        for line in listing.splitlines():
            words = line.split()
            if len(words) >= 4 and words[-1] == "x" and words[1].isdigit() and words[2].startswith("0x"):
                rows[int(words[2], 16) + self.base] = int(words[1])
        return rows

    def straight(self, *arguments, **options):
        """What the program does without Fred."""
        return subprocess.run([self.path, *arguments], capture_output=True, check=False, **options)


def scratch():
    return tempfile.TemporaryDirectory(prefix="fred-native-")
