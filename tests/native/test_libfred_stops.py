"""libfred and the launcher through the protocol: what interrupts or ends a program, and what is recorded of it.

run: FRED_NATIVE=DIR python -m unittest discover -s tests/native
"""
import errno
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import driver  # noqa: E402
from cases import LOOP, NATIVE, PythonCase, kill_launcher  # noqa: E402

WRITE, HASH_OFFSET = 1, 24  # of a log record


class Stopping(PythonCase):
    def wait_for_call(self, head):
        base = 8 + 8 * head.slot
        while not self.session.words[base + 4]:
            pass

    def test_pause_interrupts_a_sleep_which_goes_on_afterwards(self):
        head = self.start("import time\nstarted = time.monotonic()\ntime.sleep(0.3)\nslept = time.monotonic() - started\n")
        start = self.session.checkpoint(head)
        head.run("limit=2")
        head.send("run")
        self.wait_for_call(head)
        self.session.pause(head)
        stop = head.stopped()
        self.assertEqual(("pause", 3), (stop["reason"], stop["tick"]))
        self.assertEqual("2", self.value(head, "1 + 1"))
        head.send("fork-checkpoint", 99)
        self.assertEqual("failed", head.words()[0])
        stop = head.run()
        self.assertEqual("exit", stop["reason"])
        self.assertGreater(float(self.value(head, "slept")), 0.29)
        replica = self.session.replica(start)
        self.assertEqual(stop["tick"], replica.run("limit=%d" % stop["tick"])["tick"])

    def test_pause_in_a_loop(self):
        head = self.start("n = 0\nwhile True:\n    n += 1\n")
        head.send("run")
        self.session.pause(head)
        self.assertEqual("pause", head.stopped()["reason"])

    def test_exec_stops_before_it(self):
        head = self.start("import os\nos.execv('/bin/true', ['true'])\n")
        self.assertEqual("unsupported", head.run()["reason"])

    def test_a_fatal_signal_is_shown_and_then_kills(self):
        head = self.start("import ctypes\nx = 5\nctypes.string_at(0)\n")
        stop = head.run()
        self.assertEqual(("signal", "SIGSEGV", 4), (stop["reason"], stop["detail"], stop["tick"]))
        head.send("run")
        self.assertEqual(["exited", str(head.pid)], self.session.launcher.words()[:2])

    def test_abort(self):
        head = self.start("import os\nos.abort()\n")
        start = self.session.checkpoint(head)
        stop = head.run()
        self.assertEqual(("signal", "SIGABRT", 3), (stop["reason"], stop["detail"], stop["tick"]))
        replica = self.session.replica(start)
        stop = replica.run("limit=3")
        self.assertEqual(("signal", "SIGABRT", 3), (stop["reason"], stop["detail"], stop["tick"]))

    def test_interrupt_by_kill_is_delivered_and_replayed(self):
        head = self.start("""\
            import time
            try:
                time.sleep(60)
            except KeyboardInterrupt:
                caught = True
            """)
        start = self.session.checkpoint(head)
        head.run("limit=2")
        head.send("run")
        self.wait_for_call(head)
        os.kill(head.pid, signal.SIGINT)
        stop = head.stopped()
        self.assertEqual("True", self.value(head, "caught"))
        replica = self.session.replica(start)
        replica.run("limit=%d" % stop["tick"])
        self.assertEqual("True", self.value(replica, "caught"))

    def test_the_terminals_interrupt_is_not_the_programs(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)

        def own_terminal():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        head = self.start("""\
            import time
            interrupted = False
            started = time.monotonic()
            try:
                time.sleep(0.3)
            except KeyboardInterrupt:
                interrupted = True
            slept = time.monotonic() - started
            """, preexec_fn=own_terminal)
        checkpoint = self.session.checkpoint(head)
        head.run("limit=4")
        head.send("run")
        self.wait_for_call(head)
        os.write(master, b"\x03")
        self.assertEqual("exit", head.stopped()["reason"])
        self.assertEqual("False", self.value(head, "interrupted"))
        self.assertGreater(float(self.value(head, "slept")), 0.29)
        self.assertEqual(head.tick, self.session.replica(checkpoint).run("limit=%d" % head.tick)["tick"])

    def test_the_log_has_a_limit_and_history_survives_it(self):
        head = self.start("import os\nwhile True:\n    os.urandom(100000)\n", ("log-max=3000000", "hash=1"))
        start = self.session.checkpoint(head)
        stop = head.run()
        self.assertEqual("log-full", stop["reason"])
        self.assertEqual("log-full", head.run()["reason"])
        replica = self.session.replica(start)
        self.assertEqual(stop["tick"] - 1, replica.run("limit=%d" % (stop["tick"] - 1))["tick"])

    @unittest.skipUnless(os.getuid() == 0, "only root can take the right to fork from a program")
    def test_a_fork_that_fails_does_no_harm(self):
        head = self.start("""\
            import os, resource
            resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
            os.setuid(65534)
            a = 1
            b = 2
            """)
        head.run("limit=4")
        for what in ("checkpoint", "inspector"):
            head.send("fork-" + what, 9)
            self.assertEqual(["failed", "9", str(errno.EAGAIN)], head.words())
        token = self.session.request_checkpoint(head)
        head.send("run")
        self.assertEqual(["failed", str(token), str(errno.EAGAIN)], head.words())
        self.assertEqual("exit", head.stopped()["reason"])

    def test_a_checkpoint_at_a_running_head(self):
        head = self.start("n = 0\nwhile True:\n    n += 1\n")
        head.run("limit=5")
        head.send("run")
        token = self.session.request_checkpoint(head)
        checkpoint = self.session.accept().placed()
        self.assertEqual(("checkpoint", token), (checkpoint.role, checkpoint.token))
        self.session.pause(head)
        stop = head.stopped()
        replica = self.session.replica(checkpoint)
        replica.run("limit=%d" % stop["tick"])
        self.assertEqual(self.value(head, "n"), self.value(replica, "n"))


class Recording(PythonCase):
    def test_an_unknown_system_call_is_reported_once_and_replayed_by_its_result(self):
        head = self.start("""\
            import ctypes
            libc = ctypes.CDLL(None)
            a = [libc.syscall(27, 0, 0, 0) for _ in range(3)]
            b = 1
            """)
        start = self.session.checkpoint(head)
        stop = head.run()
        self.assertEqual(1, len(head.notices))
        self.assertIn("27", head.notices[0])
        replica = self.session.replica(start)
        replica.run("limit=%d" % stop["tick"])
        self.assertEqual(self.value(head, "a"), self.value(replica, "a"))

    def test_output_that_differs_is_a_divergence_that_names_the_call(self):
        head = self.start("import os\nos.write(1, b'abc')\nos.write(1, b'def')\n")
        start = self.session.checkpoint(head)
        head.run()
        with open(self.session.log, "r+b") as log:
            data, cursor = log.read(), start.cursor
            while struct.unpack_from("<H", data, cursor + 4)[0] != WRITE:
                cursor += struct.unpack_from("<I", data, cursor)[0]
            log.seek(cursor + HASH_OFFSET)
            log.write(b"\xff" * 8)
        replica = self.session.replica(start)
        replica.send("run")
        words = [driver.decoded(word) for word in replica.words()]
        self.assertEqual("diverged", words[0])
        self.assertIn('write(1, "abc")', words[3])

    def test_big_records_go_straight_to_the_file(self):
        head = self.start("import os\nx = [os.urandom(3 << 20) for _ in range(2)]\ny = [hash(b) for b in x]\n")
        start = self.session.checkpoint(head)
        stop = head.run()
        replica = self.session.replica(start)
        replica.run("limit=%d" % stop["tick"])
        self.assertEqual(self.value(head, "y"), self.value(replica, "y"))

    def test_the_program_cannot_see_or_close_the_connection(self):
        head = self.start("""\
            import os
            first = os.open("/dev/null", os.O_RDONLY)
            os.closerange(3, 2000)
            names = [k for k in os.environ if k.startswith("FRED") or k == "LD_PRELOAD"]
            """)
        self.assertEqual("exit", head.run()["reason"])
        self.assertEqual("[]", self.value(head, "names"))
        self.assertEqual("3", self.value(head, "first"))

    def test_replay_from_exec_on(self):
        head = self.start("import random, time\nx = [random.random(), time.time(), id(object())]\n")
        stop = head.run()
        replica = self.session.spawn("replay", "null")
        replica.run("limit=%d" % stop["tick"])
        self.assertEqual(self.value(head, "x"), self.value(replica, "x"))


class Ending(PythonCase):
    def pids_alive(self, pids):
        alive = []
        for pid in pids:
            try:
                with open("/proc/%d/stat" % pid) as stat:
                    if stat.read().rsplit(")", 1)[1].split()[0] != "Z":
                        alive.append(pid)
            except FileNotFoundError:
                pass
        return alive

    def test_nothing_is_left_when_the_controller_goes(self):
        head = self.start("import subprocess\np = subprocess.Popen(['sleep', '1000'])\nwhile True:\n    pass\n")
        child = self.session.checkpoint(head)
        head.run("limit=1000")
        sleeper = int(self.value(head, "p.pid"))
        head.send("run")
        self.session.launcher.socket.close()
        self.session.process.wait(driver.TIMEOUT)
        self.assertEqual([], self.pids_alive([head.pid, child.pid, sleeper]))

    def test_a_killed_launcher_takes_its_processes_along(self):
        head = self.start("while True:\n    pass\n")
        child = self.session.checkpoint(head)
        head.send("run")
        kill_launcher(self, head, child)

    def test_cleanup_removes_the_directory(self):
        directory = tempfile.mkdtemp()
        open(os.path.join(directory, "log"), "w").close()
        self.start(LOOP, launcher=("--cleanup", directory))
        self.session.launcher.socket.close()
        self.session.process.wait(driver.TIMEOUT)
        self.assertFalse(os.path.exists(directory))

    def test_a_program_that_does_not_exist(self):
        self.start(LOOP)
        session = driver.Session(["/nonexistent/program"], os.path.abspath(NATIVE))
        self.addCleanup(session.close)
        session.launcher.send("spawn", 5, "null")
        self.assertEqual(["failed", "5", "2"], session.launcher.words())

    def test_usage(self):
        result = subprocess.run([os.path.join(NATIVE, "fred-launcher"), "--what"], capture_output=True, text=True)
        self.assertEqual(2, result.returncode)
        self.assertIn("usage", result.stderr)


if __name__ == "__main__":
    unittest.main()
