"""What the tests of a recorded Python program and those of a native one begin with. FRED_NATIVE names the directory with the libraries and fred-launcher."""
import os
import shutil
import struct
import tempfile
import textwrap
import unittest

import driver
import native

NATIVE = os.path.abspath(os.environ.get("FRED_NATIVE", os.path.join(driver.HERE, "..", "..", "artifacts", "native")))
PYTHON = os.environ.get("FRED_PYTHON", "/usr/bin/python3")
LEVELS = ("-O0", "-O2")  # of gcc

LOOP = """\
    total = 0
    for i in range(100):
        total += i
    print(total)
    """


class Following:
    """What has a child recorded in its place: `parent` is the program's first process."""

    def enter(self, head):
        """Runs to the child's first stop."""
        stop = head.run()
        self.assertEqual("limit", stop["reason"], stop)
        head.pid = head.followed[-1][0]
        self.session.launcher.send("adopt", head.pid)
        return stop

    def wait_for_parent(self):
        while self.parent not in self.session.exits:
            words = self.session.launcher.words()
            if words[0] == "exited":
                self.session.exits[int(words[1])] = int(words[2])
        return self.session.exits[self.parent]


def kill_launcher(case, *processes):
    """Kills it, and waits until all these have gone with it."""
    case.session.process.kill()
    case.session.process.wait(driver.TIMEOUT)
    for process in processes:
        with case.assertRaises((EOFError, ConnectionError)):
            process.line()
            process.line()


class PythonCase(unittest.TestCase):
    def start(self, program, options=("hash=1",), launcher=(), stdin=None, **popen):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = scratch.name
        self.program = self.path("program.py")
        with open(self.program, "w") as file:
            file.write(textwrap.dedent(program))
        for name in ("stdin", "stdout", "stderr"):
            open(self.path(name), "a").close()
            launcher = (*launcher, "--" + name, stdin if name == "stdin" and stdin else self.path(name))
        self.session = driver.Session([PYTHON, os.path.join(driver.HERE, "mini_agent.py"), self.program], NATIVE, options, launcher, **popen)
        self.addCleanup(self.session.close)
        self.head = self.session.spawn()
        return self.head

    def path(self, name):
        return os.path.join(self.scratch, name)

    def output(self):
        with open(self.path("stdout")) as file:
            return file.read()

    def value(self, process, expression):
        """repr of an expression in the outermost frame."""
        inspector = self.session.inspect(process)
        try:
            return inspector.ask(op="eval", expr=expression, frame=-1)["value"]
        finally:
            inspector.close()


@unittest.skipUnless(shutil.which("gcc") and shutil.which("objdump"), "gcc and binutils make the programs")
class NativeCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.built = native.scratch()
        cls.addClassCleanup(cls.built.cleanup)

    def setUp(self):
        scratch = native.scratch()
        self.addCleanup(scratch.cleanup)
        self.scratch = scratch.name

    def program(self, source, *flags):
        return native.Program(source, self.built.name, *(flags or ("-O0",)))

    def path(self, name):
        return os.path.join(self.scratch, name)

    def start(self, command, options=(), stdin="/dev/null", launcher=()):
        command = [command.path] if isinstance(command, native.Program) else command
        for name in ("stdout", "stderr"):
            open(self.path(name), "w").close()
            launcher = (*launcher, "--" + name, self.path(name))
        self.session = native.Session(command, NATIVE, options, ("--stdin", stdin, *launcher))
        self.addCleanup(self.session.close)
        self.head = self.session.spawn()
        self.assertEqual(("entry", 0), (self.head.stop["reason"], self.head.stop["tick"]))
        return self.head

    def output(self, name="stdout"):
        with open(self.path(name), "rb") as file:
            return file.read()

    def assert_same_place(self, expected, actual):
        for name in ("reason", "tick", "cursor", "pc", "sp", "signal", "detail"):
            self.assertEqual(expected[name], actual[name], (name, expected, actual))

    def state(self, process, exact_flags=True):
        """Registers and stack: what any two processes at one tick must agree on."""
        general, vectors = process.general()
        words = list(struct.unpack("<24Q", bytes.fromhex(general)))
        if not exact_flags:
            words[17] &= ~native.ARITHMETIC_FLAGS
        legacy = bytes.fromhex(vectors)
        return words, legacy[:8], legacy[24:28], legacy[160:416], process.read(words[7], 512)

    def assert_one_state_at(self, tick, straight, other, stepping, rng, most=500):
        """One replica goes there straight on, one past breakpoints, one the last up to `most` ticks in steps; they are spent."""
        straight.run("limit=%d" % tick)
        other.breakpoints(1)
        other.run("limit=%d" % tick, "bp=1")
        stepping.run("limit=%d" % (tick - rng.randrange(1, most)))
        while stepping.tick < tick:
            stepping.run("steps=%d" % min(rng.randrange(1, 60), tick - stepping.tick))
        expected = self.state(straight)
        self.assertEqual(expected, self.state(other))
        self.assertEqual(expected, self.state(stepping))
        for process in (straight, other, stepping):
            process.send("exit")
