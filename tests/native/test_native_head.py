"""libfred-native through the protocol: a head at full speed, whose positions are found afterwards.

run: FRED_NATIVE=DIR python -m unittest discover -s tests/native
"""
import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import driver  # noqa: E402
from cases import LEVELS, NativeCase  # noqa: E402


class NativeHead(NativeCase):
    """A head at full speed, whose positions are found afterwards by comparing states."""

    def begin(self, command):
        self.start(command, ("head=native",))
        self.first = self.session.checkpoint(self.head)
        return self.head

    def link(self, checkpoints, end):
        """Finds the tick of each checkpoint from the one before, and at last of the stopped head; the same as counted from the start."""
        for known, unknown in zip([self.first, *checkpoints], [*checkpoints, self.head]):
            tick = self.session.locate(known, unknown)
            unknown.ask_for("ok", "tick", tick)
        replica = self.session.replica(self.first)
        self.assertEqual((end["reason"], tick, end["pc"]), tuple(map(replica.run("limit=%d" % (tick + 1)).get, ("reason", "tick", "pc"))))
        return tick

    def test_programs_are_linked_from_checkpoint_to_checkpoint(self):
        for source, arguments in (("tour.c", ["20000"]), ("objects.cc", []), ("machine.c", []), ("handlers.c", []), ("world.c", [self.scratch])):
            for level in LEVELS:
                with self.subTest(source=source, level=level):
                    program = self.program(source, level)
                    expected = program.straight(*arguments).stdout
                    head = self.begin([program.path, *arguments])
                    checkpoints, end = self.session.run_with_checkpoints(head, 0.01, origin=self.first)
                    self.assertEqual(("exit", source == "handlers.c"), (end["reason"], end["exact"]))
                    if source != "world.c":
                        self.assertEqual(expected, self.output())
                    self.link(checkpoints, end)

    def test_breakpoints_stop_at_the_same_ticks_as_in_a_replica(self):
        program = self.program("tour.c")
        head = self.begin([program.path, "30"])
        head.breakpoints(program["step"], program["fib"])
        text = head.read(program["step"], 16)
        ticks = []
        for _ in range(34):
            stop = head.run("bp=1")
            self.assertEqual(("breakpoint", 0), (stop["reason"], stop["exact"]))
            self.assertEqual(text, head.read(program["step"], 16))
            ticks.append(self.session.locate(self.first, head))
        matches, _ = self.session.replica(self.first).scan_after(program, "step", "fib", limit=ticks[-1])
        self.assertEqual(ticks, [match[0] for match in matches])

    def test_replicas_number_their_ticks_as_checkpoints_do_that_got_theirs_early(self):
        program = self.program("tour.c")
        head = self.begin([program.path, "20000"])
        head.breakpoints(program["step"])
        for _ in range(100):
            head.run("bp=1")
        checkpoint = self.session.checkpoint(head)
        head.breakpoints()
        head.run()
        located = self.session.locate(self.first, checkpoint)
        early = located + 1000000000
        checkpoint.ask_for("ok", "tick", early)
        replica = self.session.replica(self.first)
        replica.send("jump", located, early)
        later = self.session.replica(checkpoint)
        for process in (replica, later):
            process.breakpoints(program["step"])
        self.assertEqual(early, later.tick)
        stop = replica.run("limit=%d" % (located + 5))
        self.assertEqual((early, later.stop["pc"]), (stop["tick"], stop["pc"]))
        self.assert_same_place(later.run("limit=%d" % (early + 1000)), replica.run("limit=%d" % (early + 1000)))
        self.assertEqual(self.state(later), self.state(replica))
        across = self.session.replica(self.first)
        across.send("jump", located, early)
        across.breakpoints(program["step"])
        hits, _ = across.scan("bp=1", "mode=all", "limit=%d" % (early + 3000000))
        after, _ = later.scan("bp=1", "mode=all", "limit=%d" % (early + 3000000))
        self.assertEqual(after, [hit for hit in hits if hit[0] > early + 1000])
        self.assertTrue(all(hit[0] < located or hit[0] >= early for hit in hits) and any(hit[0] < located for hit in hits))

    def test_an_interval_timer_makes_it_go_over_and_from_there_every_tick_is_known(self):
        program = self.program("handlers.c")
        head = self.begin([program.path])
        checkpoints, end = self.session.run_with_checkpoints(head, 0.005, origin=self.first)
        tick, = head.asked
        self.assertIn("interval timer", head.notices[0])
        self.assertEqual(1, end["exact"])
        self.assertEqual([], [c.tick for c in checkpoints if c.stop["exact"] and 0 < c.tick < tick])  # the first may be of the very beginning
        replica = self.session.replica(self.first)
        self.assertEqual((end["tick"], end["pc"]), tuple(map(replica.run().get, ("tick", "pc"))))

    def test_what_is_left_on_an_idle_stack_for_signals_does_not_count(self):
        program = self.program("handlers.c")
        head = self.begin([program.path])
        head.breakpoints(program["spin"])
        head.run("bp=1")
        tick = self.session.locate(self.first, head)
        other = self.session.replica(self.first)
        other.run("limit=%d" % tick)
        other.write(program["stack"] + 1001, b"left by the dynamic linker")
        self.assertEqual(tick, self.session.locate(self.first, other))
        other.write(program["stack"] - 8, b"x")
        with self.assertRaises(driver.ProtocolError):
            self.session.locate(self.first, other)

    def test_signals_that_arrive_anywhere_are_located_and_many_make_it_go_over(self):
        program = self.program("shots.c")
        for wanted in (3, 15):
            head = self.begin([program.path, str(wanted)])
            checkpoints, end = self.session.run_with_checkpoints(head, 0.003, origin=self.first)
            self.assertEqual((b"1\n", "exit"), (self.output(), end["reason"]))
            self.assertEqual(wanted > 8, any("many signals" in notice for notice in head.notices))
            self.assertLessEqual(len(head.asked), 8)
            self.link(checkpoints, end)
            replica = self.session.replica(self.first)
            replica.breakpoints(program["on_shot"])
            hits, _ = replica.scan("bp=1", "mode=all")
            self.assertGreaterEqual(len(hits), wanted)
            for tick in (hits[0][0], hits[-1][0]):
                self.assertEqual(program["on_shot"], self.session.replica(self.first).run("limit=%d" % tick)["pc"])

    def test_no_two_checkpoints_are_of_one_moment(self):
        """Each signal that is dropped has the call begun again, from the moment of the first checkpoint."""
        program = self.program("pause.c")
        head = self.begin(program)
        head.breakpoints(program["wait_here"])
        self.assertEqual(program["wait_here"], head.run("bp=1")["pc"])
        asked = []
        for number in (signal.SIGTERM, signal.SIGUSR2, signal.SIGUSR1):  # none that nohup ignores; one that arrives before the run begins must not be taken for the one that is dropped
            head.send("run", "signal=0")
            asked.append(self.session.request_checkpoint(head))
            os.kill(head.pid, number)
            stop = head.stopped()
            self.assertEqual(("signal", number, program["wait_here"]), (stop["reason"], stop["signal"], stop["pc"]))
        self.assertEqual(asked[0], self.session.accept().token)
        self.assertEqual(asked[1:], head.refused)

    def test_steps_and_watches_are_translated_and_then_it_goes_on(self):
        program = self.program("tour.c")
        head = self.begin([program.path, "30"])
        head.breakpoints(program["step"])
        head.run("bp=1")
        at = self.session.locate(self.first, head)
        head.ask_for("ok", "tick", at)
        self.assertEqual((at + 3, 1), tuple(map(head.run("steps=3").get, ("tick", "exact"))))
        head.watches((program["counter"], 4))
        stop = head.run("watch=1")
        self.assertEqual(("watch", 1), (stop["reason"], stop["exact"]))
        replica = self.session.replica(self.first)
        replica.watches((program["counter"], 4))
        self.assertEqual(stop["tick"], replica.run("watch=1")["tick"])
        head.write(program["counter"], b"\0\0\0\0")
        end = head.run()
        self.assertEqual(("exit", 0), (end["reason"], end["exact"]))
        self.assertEqual(end["detail"], self.session.replica(self.first).run()["detail"])

    def test_a_change_needs_a_located_head(self):
        program = self.program("tour.c")
        head = self.begin([program.path, "30"])
        head.breakpoints(program["step"])
        head.run("bp=1")
        head.send("write", program["counter"], "00")
        self.assertEqual("error", head.words()[0])

    def test_crashes_and_pauses_are_located(self):
        program = self.program("crash.c")
        head = self.begin([program.path, "null"])
        stop = head.run()
        self.assertEqual(("signal", signal.SIGSEGV), (stop["reason"], stop["signal"]))
        replica = self.session.replica(self.first)
        crash = replica.run()
        self.assertEqual((crash["pc"], crash["tick"]), (stop["pc"], self.session.locate(self.first, head)))
        head = self.begin(["/usr/bin/awk", "BEGIN { while (1) i++ }"])
        head.send("run")
        self.session.pause(head)
        stop = head.stopped()
        self.assertEqual("pause", stop["reason"])
        tick = self.session.locate(self.first, head)
        self.assertEqual(stop["pc"], self.session.replica(self.first).run("limit=%d" % tick)["pc"])


if __name__ == "__main__":
    unittest.main()
