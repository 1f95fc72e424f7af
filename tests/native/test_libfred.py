"""libfred and the launcher through the protocol: runs, scans, and branches.

run: FRED_NATIVE=DIR python -m unittest discover -s tests/native
"""
import os
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import driver  # noqa: E402
from cases import LOOP, PythonCase  # noqa: E402


class Running(PythonCase):
    def test_entry_is_tick_zero_and_the_end_is_a_tick(self):
        head = self.start(LOOP)
        self.assertEqual(("entry", 0), (head.stop["reason"], head.stop["tick"]))
        stop = head.run()
        self.assertEqual(("exit", 104, "end"), (stop["reason"], stop["tick"], stop["kind"]))
        self.assertEqual("0", stop["detail"].split()[0])
        self.assertEqual("4950\n", self.output())

    def test_limit_and_step(self):
        head = self.start(LOOP)
        stop = head.run("limit=10")
        self.assertEqual(("limit", 10, 3), (stop["reason"], stop["tick"], stop["line"]))
        stop = head.run("depth=2147483647")
        self.assertEqual(("step", 11), (stop["reason"], stop["tick"]))

    def test_next_does_not_enter_a_call_and_return_needs_a_return(self):
        head = self.start("""\
            def f(n):
                x = n
                return x
            a = f(1)
            b = 2
            """)
        while head.run("depth=2147483647")["line"] != 4:
            pass
        stop = head.run("depth=%d" % head.stop["depth"])
        self.assertEqual(5, stop["line"])

    def test_sub_ticks_of_a_probe_are_separate_places(self):
        head = self.start("def f():\n    return 1\nf()\n")
        kinds = [head.run("depth=2147483647")["kind"] for _ in range(4)]
        self.assertEqual(["line", "line", "call", "line"], kinds)

    def test_breakpoint_on_a_line_and_in_a_later_loaded_file_position(self):
        head = self.start(LOOP)
        head.send("bp-add", 7, driver.text(self.program), 3, "%")
        stop = head.run("bp=1")
        self.assertEqual(("breakpoint", "7", 3), (stop["reason"], stop["breakpoints"], stop["tick"]))
        head.send("bp-clear")
        self.assertEqual("exit", head.run("bp=1")["reason"])

    def test_breakpoint_inside_a_statement_stops_at_the_statement(self):
        head = self.start("x = (1 +\n     2 +\n     3)\ny = x\n")
        head.send("bp-add", 1, driver.text(self.program), 2, "%")
        self.assertEqual(1, head.run("bp=1")["line"])

    def test_condition_in_the_head_is_repeated_by_replicas(self):
        head = self.start(LOOP)
        start = self.session.checkpoint(head)
        head.send("bp-add", 1, driver.text(self.program), 3, driver.text("total > 100"))
        stop = head.run("bp=1")
        self.assertEqual("breakpoint", stop["reason"])
        value = self.value(head, "total")
        replica = self.session.replica(start)
        replica.run("limit=%d" % stop["tick"])
        self.assertEqual(value, self.value(replica, "total"))
        self.assertEqual(self.session.event_hash(head), self.session.event_hash(replica))

    def test_uncaught_exception_and_its_status(self):
        head = self.start("x = 1\nraise ValueError(x)\n")
        stop = head.run()
        self.assertEqual("exception", stop["reason"])
        self.assertIn("ValueError", stop["detail"])
        stop = head.run()
        self.assertEqual(("exit", "1"), (stop["reason"], stop["detail"]))
        head.send("run")
        self.assertEqual(["exited", str(head.pid), str(1 << 8)], self.session.launcher.words())


class Scans(PythonCase):
    def setUp(self):
        head = self.start(LOOP)
        self.source = self.session.checkpoint(head)
        self.end = head.run()["tick"]

    def test_all_and_last(self):
        replica = self.session.replica(self.source)
        replica.send("bp-add", 5, driver.text(self.program), 3, "%")
        matches, tick = replica.scan("mode=all", "bp=1", "limit=20")
        self.assertEqual([(t, 5) for t in range(3, 21)], matches)
        self.assertEqual(20, tick)
        replica = self.session.replica(self.source)
        replica.send("bp-add", 5, driver.text(self.program), 3, "%")
        self.assertEqual(([(102, 5)], self.end), replica.scan("mode=last", "bp=1", "limit=%d" % self.end))

    def test_condition(self):
        replica = self.session.replica(self.source)
        replica.send("bp-add", 5, driver.text(self.program), 3, driver.text("i % 50 == 49"))
        matches, _ = replica.scan("mode=all", "bp=1", "limit=%d" % self.end)
        self.assertEqual([52, 102], [tick for tick, _ in matches])

    def test_watch_reports_changes(self):
        replica = self.session.replica(self.source)
        replica.send("watch", driver.text("total < 10"), "module:__main__")
        self.assertEqual(["watching"], replica.words())
        matches, _ = replica.scan("mode=watch", "limit=%d" % self.end)
        self.assertEqual([2, 1, 0], [value for _, value in matches])

    def test_watch_that_does_not_compile(self):
        replica = self.session.replica(self.source)
        replica.send("watch", driver.text("total <"), "module:__main__")
        self.assertEqual("error", replica.words()[0])


class Changing(PythonCase):
    def test_a_statement_is_repeated_by_replicas_from_before_it(self):
        head = self.start(LOOP)
        start = self.session.checkpoint(head)
        head.run("limit=50")
        before = self.session.checkpoint(head)
        head.send("exec", 1, "statement", driver.text("0\ntotal = 100000"))
        self.assertEqual(["executed", "1", "ok", "%"], head.words())
        stop = head.run()
        want = self.value(head, "total")
        self.assertGreater(int(want), 100000)
        for source in (start, before):
            replica = self.session.replica(source)
            replica.run("limit=%d" % stop["tick"])
            self.assertEqual(want, self.value(replica, "total"))

    def test_a_replica_becomes_the_head_of_a_branch(self):
        head = self.start("""\
            import os
            path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "out")
            file = open(path, "w")
            file.write("one\\n"); file.flush()
            choice = 1
            file.write("two %d\\n" % choice); file.flush()
            print("choice", choice, flush=True)
            """)
        start = self.session.checkpoint(head)
        head.run()
        self.assertEqual("choice 1\n", self.output())
        replica = self.session.replica(start)
        while replica.run("depth=2147483647")["line"] != 6:
            pass
        log, slot = os.path.join(self.session.directory, "log2"), self.session.slot()
        replica.send("promote", driver.text(log), slot, "/proc/%d/fd" % self.session.process.pid)
        self.assertEqual(["promoted"], replica.words())
        replica.slot = slot
        again = self.session.checkpoint(replica)
        replica.send("exec", 1, "statement", driver.text("0\nchoice = 2"))
        self.assertEqual("ok", replica.words()[2])
        end = replica.run()
        self.assertEqual("exit", end["reason"])
        self.assertEqual("choice 1\nchoice 2\n", self.output())
        with open(self.path("out")) as file:
            self.assertEqual("one\ntwo 2\n", file.read())
        copy = self.session.replica(again, log)
        copy.run("limit=%d" % end["tick"])
        self.assertEqual(self.session.event_hash(replica), self.session.event_hash(copy))
        old = self.session.replica(start)
        old.run("limit=%d" % head.tick)
        self.assertEqual(self.session.event_hash(head), self.session.event_hash(old))


    def test_a_branch_reads_again_what_the_old_one_had_read(self):
        reader, writer = os.pipe()
        os.write(writer, b"one\ntwo\n")
        os.set_inheritable(reader, True)
        head = self.start("""\
            a = input()
            b = input()
            c = input()
            """, stdin="/proc/%d/fd/%d" % (os.getpid(), reader))
        start = self.session.checkpoint(head)
        head.run("limit=3")
        replica = self.session.replica(start)
        slot = self.session.slot()
        replica.send("promote", driver.text(os.path.join(self.session.directory, "log2")), slot, "/proc/%d/fd" % self.session.process.pid)
        self.assertEqual(["promoted"], replica.words())
        replica.slot = slot
        head.send("exit")
        os.write(writer, b"three\n")
        stop = replica.run()
        self.assertEqual("exit", stop["reason"])
        self.assertEqual("('one', 'two', 'three')", self.value(replica, "(a, b, c)"))
        os.close(reader)
        os.close(writer)

    @unittest.skipIf(os.path.exists("/proc/sys/kernel/yama/ptrace_scope") and os.geteuid() != 0, "here a process may look into its children only, not into the one that holds the socket")
    def test_a_branch_writes_to_a_socket_that_was_its_output(self):
        ours, theirs = socket.socketpair()
        with ours, theirs, subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=theirs) as holder:
            head = self.start("print('one', flush=True)\nprint('two', flush=True)\n")
            start = self.session.checkpoint(head)
            head.run()
            replica, slot = self.session.replica(start), self.session.slot()
            replica.send("promote", driver.text(os.path.join(self.session.directory, "log2")), slot, "/proc/%d/fd" % holder.pid)
            self.assertEqual(["promoted"], replica.words())
            replica.slot = slot
            self.assertEqual("exit", replica.run()["reason"])
            self.assertEqual(b"one\ntwo\n", ours.recv(100))


if __name__ == "__main__":
    unittest.main()
