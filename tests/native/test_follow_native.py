"""A child of a native program's that is recorded instead of the program: `follow=N`.

run: FRED_NATIVE=DIR python -m unittest discover -s tests/native
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import native  # noqa: E402
from cases import Following, NativeCase  # noqa: E402


class FollowingNative(Following, NativeCase):
    OUTPUT = "parent\n1 499503 0 1 41\n2 999003 0 1 %d\nleft: -1\n"

    def follow(self, number, end, head):
        self.start([self.program("children.c", "-O0", "-pthread").path, end], options=("head=" + head, "follow=%d" % number))
        self.origin = self.session.checkpoint(self.head)
        self.parent = self.head.pid
        return self.head

    def test_the_child_is_recorded_and_its_parent_goes_on(self):
        for head in ("translated", "native"):
            for number, end, reason, detail, status in ((1, "", "exit", "41", 42), (2, "", "exit", "42", 42), (2, "crash", "signal", "fatal SIGSEGV", -11), (2, "abort", "signal", "fatal SIGABRT", -6)):
                with self.subTest((head, number, end)):
                    process = self.follow(number, end, head)
                    self.enter(process)
                    replica = self.session.replica(self.origin)
                    places = [self.arrive(replica, process)]
                    checkpoints = [self.session.checkpoint(process) for _ in range(2)] if head == "translated" else []
                    stop = process.run("stop-signals=%d" % (1 << 10 | 1 << 5))
                    process.pid = process.followed[-1][0]
                    self.assertEqual((reason, detail), (stop["reason"], stop["detail"]))
                    self.assertEqual(5 << 8, self.wait_for_parent())
                    self.assertEqual(self.OUTPUT % status, self.output().decode())
                    places.append(self.arrive(replica, process))
                    for again in [self.session.replica(each) for each in checkpoints]:
                        self.assertEqual(places[1:], [self.arrive(again, process)])
                    self.assertLess(places[0], places[1])

    def arrive(self, replica, process):
        """Where a replica is in the same state."""
        replica.ask_for("ok", "match", process.pid, process.general()[0])
        stop = replica.run("match=1")
        self.assertEqual("match", stop["reason"], stop)
        return stop["tick"]

    def run_located(self, process):
        """A run of a head that goes over to the translator on its way."""
        stop = process.run()
        while stop["reason"] == "locate":
            process.ask_for("ok", "tick", self.arrive(self.session.replica(self.origin), process))
            stop = process.run()
        return stop

    def test_a_parent_goes_on_with_all_its_threads(self):
        program = self.program("threaded_parent.c", "-O0", "-pthread").path
        for head in ("translated", "native"):
            for who in ("main", "thread", "last"):
                with self.subTest((head, who)):
                    self.start([program, who], options=("head=" + head, "follow=1"))
                    self.origin, process = self.session.checkpoint(self.head), self.head
                    self.parent = process.pid
                    self.assertEqual("limit", self.run_located(process)["reason"])
                    process.pid = process.followed[-1][0]
                    self.session.launcher.send("adopt", process.pid)
                    self.assertEqual([1 if who == "main" else 12], list(process.threads()))
                    checkpoint = self.session.checkpoint(process)
                    end = process.run()
                    process.pid = process.followed[-1][0]
                    self.assertEqual(("exit", "41"), (end["reason"], end["detail"]))
                    self.assertEqual(5 << 8, self.wait_for_parent())
                    self.assertEqual("child: 499500, 1\n0 0 300000: 1 1 1 1 300000 1 1 1 -1 1, robust 1, child 1 41\n", self.output().decode())
                    for source in (self.origin, checkpoint):
                        replica = self.session.replica(source)
                        self.assert_same_place({**end, "reason": "limit", "detail": ""}, replica.run("limit=%d" % end["tick"]))

    def test_the_last_thread_may_have_ended_before(self):
        for head in ("translated", "native"):
            for number in (1, 2):
                with self.subTest((head, number)):
                    process = self.follow(number, "thread", head)
                    self.assertEqual("limit", self.run_located(process)["reason"])
                    process.pid = process.followed[-1][0]
                    stop = process.run()
                    process.pid = process.followed[-1][0]
                    self.assertEqual(("exit", str(40 + number)), (stop["reason"], stop["detail"]))
                    self.assertEqual(5 << 8, self.wait_for_parent())
                    self.assertEqual(self.OUTPUT % 42, self.output().decode())
                    self.arrive(self.session.replica(self.origin), process)

    def test_threads_with_other_rights_keep_their_process_with_fred(self):
        self.start([self.program("threaded_parent.c", "-O0", "-pthread").path, "rights"], options=("head=translated", "follow=1"))
        self.assertEqual("unsupported", self.head.run()["reason"])
        self.assertIn("its rights", self.head.stop["detail"])

    def test_threads_that_were_there_before_a_future_began_keep_their_process_with_fred(self):
        self.start([self.program("threaded_parent.c", "-O0", "-pthread").path], options=("head=translated", "follow=1"))
        start = self.session.checkpoint(self.head)
        self.head.breakpoints(self.program("threaded_parent.c", "-O0", "-pthread")["fork_and_go_on"])
        stop = self.head.run("bp=1")
        past = self.session.replica(start)
        past.run("limit=%d" % stop["tick"])
        self.head.send("exit")
        past.ask_for("promoted", "promote", native.driver.text(self.path("branch")), self.session.slot(), "/proc/%d/fd" % self.session.launcher.pid)
        self.assertEqual("unsupported", past.run()["reason"])
        self.assertIn("before this future", past.stop["detail"])


if __name__ == "__main__":
    unittest.main()
