"""The module `fred` and `fred workspace` under the real DMTCP, where that is installed."""

import contextlib
import fcntl
import importlib.util
import json
import os
import pty
import re
import select
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import termios
import unittest
from typing import Any, Dict, List, Tuple

import support
import fred
from fred import _dmtcp, _store
from durable_programs import CONTROLLER, DRAWING, FULL_DISK

DEBUGGEE = os.path.join(support.ROOT, "tests", "debuggees", "module", "own_checkpoints.py")
"""The end-to-end tests run the same program under fred and expect the same."""


class Terminal:
    """A shell at the other end of a pseudo terminal, typed at when it asks."""

    def __init__(self, started: Tuple[int, Any]) -> None:
        self.descriptor, self.process = started
        self.told = ""

    def lines(self, *typed: str) -> str:
        """Types each line at the next prompt; everything that was shown until the end."""
        for line in typed:
            self.prompt()
            os.write(self.descriptor, line.encode() + b"\n")
        self.process.wait(timeout=60)
        return self.told

    def prompt(self) -> None:
        seen = len(self.told)
        while not re.search(r"In \[\d+\]: $", self.told[seen:]):
            if not select.select([self.descriptor], [], [], 60)[0]:
                raise AssertionError("no prompt: " + self.told)
            self.told += os.read(self.descriptor, 65536).decode(errors="replace").replace("\r\n", "\n")


LAUNCH = _dmtcp.find("dmtcp_launch")


@unittest.skipIf(LAUNCH is None, "DMTCP is not installed (no dmtcp_launch in $FRED_DMTCP or on PATH)")
class UnderDmtcp(unittest.TestCase):
    """The real thing."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)

    def run_program(self, text: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        path = os.path.join(self.folder, "prog.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        variables: Dict[str, str] = {**os.environ, "PYTHONPATH": support.AGENT_DIR, "FRED_WORKSPACES": os.path.join(self.folder, "ws"), **environment}
        command: List[str] = [str(LAUNCH), "-q", "-q", "--new-coordinator", "-p", "0", "--no-gzip", "--tmpdir", self.folder, os.path.realpath(sys.executable), path]
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=120, env=variables, cwd=self.folder, check=False)

    def test_goes_back_as_under_fred(self) -> None:
        with open(DEBUGGEE) as program, open(DEBUGGEE[:-3] + ".txt") as expected:
            done = self.run_program(program.read())
            self.assertEqual((expected.read(), 7), (done.stdout, done.returncode), done.stderr)

    def test_failures_leave_the_program_running(self) -> None:
        done = self.run_program('''\
import fred, os
session = fred.checkpoint("one")
if fred.is_resume():
    for name in ("one", "a/b", 5):
        try: fred.checkpoint(name)
        except ValueError as error: print(error)
    os.truncate(fred.list_sessions()[0].path + "/image.dmtcp", 20000)
    try: fred.restore("one")
    except fred.CheckpointFailed as error: print("damaged" in str(error))
    from fred import _store
    _store._OWN_BYTES = 1 << 60
    try: fred.checkpoint("two")
    except fred.CheckpointFailed as error: print("room" in str(error), [each.id for each in fred.list_sessions()], fred.num_checkpoints())
''')
        self.assertEqual(["already", "cannot name", "cannot name", "True", "True ['one'] 1"], [
            next((word for word in ("already", "cannot name") if word in line), line) for line in done.stdout.splitlines()], done.stderr)

    def test_the_session_it_was_restored_from_can_be_removed_and_its_name_used_again(self) -> None:
        done = self.run_program('''\
import fred
fred.checkpoint("latest")
if fred.is_resume():
    fred.restore("latest")
fred.remove_session("latest")
print([each.id for each in fred.list_sessions()], fred.checkpoint("other"), fred.checkpoint("latest"))
try: fred.checkpoint("latest")
except fred.BadName: print([each.id for each in fred.list_sessions()])
if fred.restart_arguments() == {}:
    fred.restore("latest", again=1)
print("end")
''')
        self.assertEqual((["[] other latest", "['other', 'latest']", "[] other latest", "['other', 'latest']", "end"], 0), (done.stdout.splitlines(), done.returncode), done.stderr)

    def test_workspace(self) -> None:
        done = self.run_program('import fred, sys\npath = fred.save_workspace("w")\nprint(path, fred.is_restart())\n')
        path = os.path.join(self.folder, "w")
        self.assertEqual("%s False\n" % path, done.stdout, done.stderr)
        with open(os.path.join(path, "session.json")) as file:
            self.assertEqual(path, json.load(file)["path"])
        for _ in range(2):
            again = self.workspace("open", path)
            self.assertEqual("%s True\n" % path, again.stdout, again.stderr)

    # -- fred workspace ----------------------------------------------------------------------------------------------------

    def started(self, *words: str, path: str = "") -> "subprocess.Popen[str]":
        """`fred workspace`, as fred calls it."""
        return subprocess.Popen(
            [os.path.realpath(sys.executable), "-I", "-S", "-B", os.path.join(support.AGENT_DIR, "fred", "__main__.py"), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            universal_newlines=True, env={**os.environ, "FRED_WORKSPACES": os.path.join(self.folder, "ws"), **({"PATH": path, "FRED_DMTCP": ""} if path else {})}, cwd=self.folder)

    def workspace(self, *words: str, given: str = "", path: str = "") -> "subprocess.CompletedProcess[str]":
        with self.started(*words, path=path) as process:
            output, errors = process.communicate(given, timeout=120)
        return subprocess.CompletedProcess(words, process.returncode, output, errors)

    def test_saved_from_outside(self) -> None:
        program = "import sys\nx = 1\nprint('ready', flush=True)\nfor line in sys.stdin:\n    x += 1\n    print(x, line, end='')\n"
        with self.started("run", "--name", "p", "--", os.path.realpath(sys.executable), "-c", program) as running:
            self.assertEqual("ready\n", running.stdout.readline())  # type: ignore[union-attr]
            self.assertIn(" MB in ", self.workspace("save").stdout)
            (listed,) = json.loads(self.workspace("list", "--json").stdout)
            self.assertEqual(("p", running.pid, True), (listed["name"], listed["pid"], listed["bytes"] > 1 << 20))
            self.assertIn("it runs", self.workspace("rm", "p").stderr)
            self.assertEqual("2 a\n3 b\n", running.communicate("a\nb\n", timeout=60)[0])
        self.assertIn("nothing runs", self.workspace("save", "p").stderr)
        with self.started("open", "p") as one, self.started("open", "p") as other:
            self.assertEqual("2 a\n", self.answer(one, "a\n"))
            self.assertEqual("2 b\n", self.answer(other, "b\n"))
            self.assertIn("runs 2 times", self.workspace("save", "p").stderr)
            self.assertEqual("", other.communicate(timeout=60)[0])
            self.assertIn("it runs, as process %d;" % one.pid, self.workspace("rm", "p").stderr)
        for given in ("c\n", "d\n"):
            again = self.workspace("open", "p", given=given)
            self.assertEqual(("2 %s" % given, 0), (again.stdout, again.returncode), again.stderr)
        os.truncate(listed["path"] + "/" + next(each for each in os.listdir(listed["path"]) if each.endswith(".dmtcp")), 50_000)
        self.assertIn("[ImageUnusable]", self.workspace("open", "p").stderr)
        self.assertIn("no JSON", self.workspace("open", "--arguments", "{", "p").stderr)
        self.assertIn("an object", self.workspace("open", "--arguments", "[1]", "p").stderr)
        self.assertEqual(0, self.workspace("rm", "p").returncode)
        self.assertEqual([], os.listdir(os.path.join(self.folder, "ws")))

    def answer(self, process: "subprocess.Popen[str]", line: str) -> str:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(line)
        process.stdin.flush()
        return process.stdout.readline()

    def test_several_processes_are_one_workspace(self) -> None:
        path = os.path.join(self.folder, "controller.py")
        with open(path, "w") as file:
            file.write(CONTROLLER)
        with self.started("run", "--name", "farm", "--", os.path.realpath(sys.executable), path) as running:
            assert running.stdout is not None
            port = running.stdout.readline()
            self.assertEqual("[1, 2] %s" % port, self.answer(running, "1\n"))
            saved = self.workspace("save", "farm")
            self.assertEqual(0, saved.returncode, saved.stderr)
            self.assertEqual("[11, 22] %s" % port, running.communicate("10\n", timeout=60)[0])
        images = [each for each in os.listdir(os.path.join(self.folder, "ws", "farm")) if each.endswith(".dmtcp")]
        self.assertEqual(3, len(images))
        first, second = self.started("open", "--private-network", "farm"), self.started("open", "--private-network", "farm")  # with the same ports, at once
        for process, number in ((first, "100"), (second, "200")):
            with process:
                output, errors = process.communicate(number + "\n", timeout=60)
                self.assertEqual(("[%d, %d] %s" % (1 + int(number), 2 + 2 * int(number), port), ""), (output, errors))
        with socket.create_server(("127.0.0.1", int(port))):
            again = self.workspace("open", "farm", given="3\n")
        self.assertEqual((True, True), (again.stdout.startswith("[4, 8] "), again.stderr.startswith("fred: port %s is in use here" % port.strip())), again)

    @unittest.skipUnless(os.access("/usr/bin/ipython3", os.X_OK), "IPython is not installed (no /usr/bin/ipython3)")
    def test_ipython_in_a_terminal(self) -> None:
        profile = os.path.join(self.folder, "ipython")
        history = os.path.join(profile, "profile_default", "history.sqlite")
        figure = importlib.util.find_spec("matplotlib") is not None and os.path.realpath(sys.executable).startswith("/usr/bin/")
        make = "import numpy as np, matplotlib; matplotlib.use('Agg'); import matplotlib.pyplot as plt; a = np.arange(12).reshape(3, 4); fig, ax = plt.subplots(); _ = ax.plot(a.sum(axis=0)); fig.savefig('f.png')"
        shell = Terminal(self.started_in_terminal("run", "--name", "shell", "--", "/usr/bin/ipython3", "--simple-prompt", "--no-banner", "--colors=NoColor", profile=profile))
        shell.lines("%load_ext fred", make if figure else "a = list(range(12))", "f = open('text', 'w+'); _ = f.write('hello')", "%checkpoint one", "%restore nosuch", "%checkpoint one", "%checkpoint more words", "%save_workspace", "a = 0", "f.write('more'); f.flush()", "exit()")
        self.assertEqual(4, shell.told.count("UsageError: "), shell.told)
        self.assertIn("UsageError: there is no session 'nosuch'", shell.told)
        self.assertIn("usage: %checkpoint [NAME]", shell.told)
        self.assertNotIn("Traceback", shell.told)
        again = Terminal(self.started_in_terminal("open", "one", profile=profile))
        told = again.lines("print('A', sum(a) if type(a) is list else a.sum(), f.tell())", "%history -n", "fig.savefig('g.png')" if figure else "1", "%restore one x=7", "import fred; print('B', fred.restart_arguments(), In[3][:4])", "exit()")
        self.assertIn("A 66 5", told)
        self.assertIn("   4: %checkpoint one", told)
        self.assertIn("B {'x': 7} f = ", told)
        self.assertNotIn("ERROR", told)
        self.assertEqual(figure, os.path.exists(os.path.join(self.folder, "g.png")))
        with contextlib.closing(sqlite3.connect(history)) as database:
            typed = database.execute("select session, line, source from history order by session, line").fetchall()
        self.assertIn((1, 9, "a = 0"), typed)  # typed after the image was written: not lost
        self.assertEqual([1, 2, 3], sorted({each[0] for each in typed}))

    def started_in_terminal(self, *words: str, profile: str) -> Tuple[int, "subprocess.Popen[bytes]"]:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [os.path.realpath(sys.executable), "-I", "-S", "-B", os.path.join(support.AGENT_DIR, "fred", "__main__.py"), *words], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), cwd=self.folder,
            env={**os.environ, "FRED_WORKSPACES": os.path.join(self.folder, "ws"), "IPYTHONDIR": profile, "TERM": "dumb", "PYTHONPATH": ""})
        os.close(theirs)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(os.close, ours)
        return ours, process

    @unittest.skipUnless(shutil.which("Xtigervnc"), "TigerVNC's server is not installed (no Xtigervnc)")
    def test_a_screen_is_saved_with_the_program(self) -> None:
        path = os.path.join(self.folder, "draw.py")
        with open(path, "w") as file:
            file.write(DRAWING)
        with self.started("run", "--name", "drawing", "--", os.path.realpath(sys.executable), path) as running:
            output = running.stdout
            assert output is not None
            told = output.readline()
            self.assertIn("320x200 b'RFB 003.", told, running.poll() is not None and running.communicate()[1])
            self.assertIn("There is no display".lower(), output.readline())
            self.assertIn("close it, save", self.workspace("save", "drawing").stderr)  # DMTCP would hang
            given = running.stdin
            assert given is not None
            given.write("\n")
            given.flush()
            self.assertEqual("closed\n", output.readline())
            saved = self.workspace("save", "drawing")
            self.assertEqual(0, saved.returncode, saved.stderr)
            self.assertEqual(told, running.communicate("\n\n", timeout=60)[0].splitlines(keepends=True)[0])
        again = self.workspace("open", "drawing", given="\n\n")  # its server has ended with it: this is another one
        self.assertEqual(told, again.stdout.splitlines(keepends=True)[0], again.stderr)

    def test_full_disk(self) -> None:
        if subprocess.run(["unshare", "-rm", "true"], stderr=subprocess.DEVNULL, check=False).returncode:
            self.skipTest("file systems cannot be mounted here")
        disk = os.path.join(self.folder, "ws")
        os.mkdir(disk)
        program = [os.path.realpath(sys.executable), "-I", "-S", "-B", os.path.join(support.AGENT_DIR, "fred", "__main__.py")]
        script = os.path.join(self.folder, "run.py")
        with open(script, "w") as file:
            file.write(FULL_DISK)
        done = subprocess.run(
            ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=40m tmpfs "$0" && exec "$@"', disk, os.path.realpath(sys.executable), script, json.dumps(program), disk],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=120, env={**os.environ, "FRED_WORKSPACES": disk, "DISPLAY": ""}, check=False)
        self.assertEqual("has room for\nhas room for\nthe program goes on\n", done.stdout)

    def test_saves_itself(self) -> None:
        with self.started("run", "--name", "p", "--interval", "1", "--", os.path.realpath(sys.executable), "-c", "print(input())") as running:
            while not any(each["saved"] for each in json.loads(self.workspace("list", "--json").stdout)):
                self.assertIsNone(running.poll())
            self.assertEqual("a\n", running.communicate("a\n", timeout=60)[0])
        self.assertEqual("b\n", self.workspace("open", "p", given="b\n").stdout)

    def test_a_program_of_several_processes_is_not_saved_by_one(self) -> None:
        with self.started("run", "--", os.path.realpath(sys.executable), "-c", """if 1:
                import fred, subprocess
                other = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
                try: fred.checkpoint("one")
                except fred.CheckpointFailed as error: print("fred workspace save" in str(error), fred.list_sessions())
                other.communicate()
                """) as running:
            self.assertEqual("True []\n", running.communicate("", timeout=60)[0])

    def test_a_name_is_free_again_when_nothing_was_saved_under_it(self) -> None:
        for _ in range(2):
            self.assertEqual((0, ""), (lambda done: (done.returncode, done.stderr))(self.workspace("run", "--name", "p", "--", "true")))

    def test_what_cannot_be_done_is_said(self) -> None:
        for words, status, identity in (
                (("open", "nowhere"), 3, "NoSuchName"), (("save", "nowhere"), 3, "NoSuchName"), (("save",), 2, "Usage"), (("run", "--", "no-such-program"), 2, "Usage"),
                (("run", "--name", "a/b", "--", "true"), 2, "Usage"), (("run", "--name", "", "--", "true"), 2, "Usage"), (("rm", "nowhere"), 3, "NoSuchName")):
            done = self.workspace(*words)
            self.assertEqual((status, True), (done.returncode, done.stderr.endswith("[%s]\n" % identity)), done.stderr)
        self.assertIn("[DmtcpMissing]", self.workspace("run", "--", "true", path="/usr/bin:/bin").stderr)
        self.assertEqual("[]\n", self.workspace("list", "--json").stdout)


if __name__ == "__main__":
    unittest.main()
