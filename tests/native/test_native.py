"""libfred-native through the protocol: unmodified programs run, stop, and are replayed.

run: FRED_NATIVE=DIR python -m unittest discover -s tests/native
"""
import os
import random
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import LEVELS, NATIVE, NativeCase, kill_launcher  # noqa: E402


class Positions(NativeCase):
    def test_a_program_runs_to_its_end_and_its_output_and_status_are_its_own(self):
        for level in LEVELS:
            for flags in ((level,), (level, "-no-pie")):
                with self.subTest(flags=flags):
                    program = self.program("tour.c", *flags)
                    straight = program.straight("60")
                    head = self.start([program.path, "60"])
                    stop = head.run()
                    self.assertEqual(("exit", str(straight.returncode), 1), (stop["reason"], stop["detail"], stop["exact"]))
                    self.assertEqual(straight.stdout, self.output())

    def test_steps_limits_and_the_end_agree_between_head_and_replicas(self):
        program = self.program("tour.c")
        head = self.start([program.path, "30"])
        start = self.session.checkpoint(head)
        seen = []
        for _ in range(40):
            seen.append(head.run("steps=1"))
        self.assertEqual(list(range(1, 41)), [stop["tick"] for stop in seen])
        end = head.run()
        replica = self.session.replica(start)
        for stop in seen:
            self.assert_same_place(stop, replica.run("limit=%d" % stop["tick"]))
        self.assert_same_place(end, replica.run())
        self.assert_same_place(end, replica.run())

    def test_a_limit_that_is_reached_is_answered_at_once(self):
        head = self.start(self.program("tour.c"))
        head.run("steps=10")
        self.assertEqual(("limit", 10), tuple(map(head.run("limit=3").get, ("reason", "tick"))))
        self.assertEqual(("limit", 10), tuple(map(head.run("steps=0").get, ("reason", "tick"))))

    def test_any_tick_has_one_state_whatever_way_leads_there(self):
        """Through other checkpoints, in small steps, in big ones, instrumented or not."""
        rng = random.Random(7)
        for source in ("tour.c", "machine.c", "objects.cc"):
            for level in LEVELS:
                with self.subTest(source=source, level=level):
                    program = self.program(source, level)
                    head = self.start(program)
                    start = self.session.checkpoint(head)
                    end = head.run()["tick"]
                    middle = self.session.replica(start)
                    middle.run("limit=%d" % (end // 3))
                    micro = self.session.checkpoint(middle)
                    for _ in range(5):
                        tick = rng.randrange(end // 3 + 600, end)
                        straight, other, stepping = self.session.replica(start), self.session.replica(micro), self.session.replica(micro)
                        self.assert_one_state_at(tick, straight, other, stepping, rng)

    def test_the_state_of_a_checkpoint_is_found_again(self):
        program = self.program("tour.c")
        head = self.start([program.path, "200"])
        start = self.session.checkpoint(head)
        head.breakpoints(program["step"])
        for _ in range(50):
            stop = head.run("bp=1")
        self.assertEqual("breakpoint", stop["reason"])
        for process in (head, self.session.checkpoint(head)):
            replica = self.session.replica(start)
            replica.ask_for("ok", "match", process.pid, process.general()[0])
            found = replica.run("match=1")
            self.assertEqual(("match", stop["tick"]), (found["reason"], found["tick"]))
            self.assertEqual("0", found["detail"].split()[2])

    def test_a_state_that_never_was_is_not_found(self):
        program = self.program("tour.c")
        head = self.start([program.path, "50"])
        start = self.session.checkpoint(head)
        head.breakpoints(program["step"])
        for _ in range(20):
            head.run("bp=1")
        head.write(program["counter"], b"\x01\x02\x03\x04")
        replica = self.session.replica(start)
        replica.ask_for("ok", "match", head.pid, head.general()[0])
        stop = replica.run("match=1", "limit=%d" % (head.tick - 1))
        self.assertEqual("limit", stop["reason"])
        replica = self.session.replica(start)
        replica.ask_for("ok", "match", head.pid, head.general()[0])
        self.assertEqual("match", replica.run("match=1")["reason"], "the write is an event of the history")


class Signals(NativeCase):
    def test_handlers_run_and_are_replayed_at_the_same_instruction(self):
        for level in LEVELS:
            with self.subTest(level=level):
                program = self.program("handlers.c", level)
                expected = program.straight().stdout
                head = self.start(program)
                start = self.session.checkpoint(head)
                checkpoints, end = self.session.run_with_checkpoints(head, 0.004)
                self.assertEqual(("exit", "0"), (end["reason"], end["detail"]))
                self.assertEqual(expected, self.output())
                for checkpoint in [start, *checkpoints[:4]]:
                    self.assert_same_place(end, self.session.replica(checkpoint).run())
                self.assertEqual(expected, self.output())

    def test_signals_with_handlers_stop_replicas_where_they_stopped_the_program(self):
        everything = (1 << 31) - 1
        for options in ((), ("head=native",)):
            with self.subTest(options=options):
                program = self.program("handlers.c")
                head = self.start(program, options)
                start = self.session.checkpoint(head)
                seen, asked = [], "stop-signals=%d" % everything
                while (stop := head.run(asked))["reason"] != "exit":
                    if stop["reason"] == "locate":
                        head.ask_for("ok", "tick", self.session.locate(start, head))
                        continue
                    if not stop["exact"]:
                        stop["tick"] = self.session.locate(start, head)
                        head.ask_for("ok", "tick", stop["tick"])
                    seen.append((stop["tick"], stop["signal"], stop["pc"], stop["detail"]))
                self.assertEqual(self.program("handlers.c").straight().stdout, self.output())
                replica = self.session.replica(start)
                again = []
                while (stop := replica.run(asked, "limit=%d" % (head.tick - 1 if stop["exact"] else seen[-1][0] + 1)))["reason"] == "signal":
                    again.append((stop["tick"], stop["signal"], stop["pc"], stop["detail"]))
                self.assertEqual(seen, again)
                matches, _ = self.session.replica(start).scan(asked, "mode=all", "limit=%d" % (seen[-1][0] + 1))
                self.assertEqual([(tick, 2000000000 + number) for tick, number, *_ in seen], [(match[0], int(match[1])) for match in matches])
                only = 1 << (signal.SIGUSR2 - 1)
                matches, _ = self.session.replica(start).scan("stop-signals=%d" % only, "mode=last", "limit=%d" % (seen[-1][0] + 1))
                self.assertEqual([[tick for tick, number, *_ in seen if number == signal.SIGUSR2][-1]], [match[0] for match in matches])
                middle = self.session.replica(start)
                middle.run("limit=%d" % seen[0][0])
                self.assertEqual(seen[1][0], middle.run(asked)["tick"], "not at the place where it begins")

    def test_a_handlers_first_instruction_is_a_position(self):
        program = self.program("handlers.c")
        head = self.start(program)
        start = self.session.checkpoint(head)
        head.breakpoints(program["on_tick"])
        stop = head.run("bp=1")
        replica = self.session.replica(start)
        replica.run("limit=%d" % (stop["tick"] - 1))
        self.assertNotEqual(program["on_tick"], replica.stop["pc"])
        self.assert_same_place(dict(stop, reason="limit"), replica.run("limit=%d" % stop["tick"]))
        self.assertEqual(self.state(head), self.state(replica))

    def test_crashes_stop_where_they_happen_and_history_is_intact(self):
        for how, number in (("null", signal.SIGSEGV), ("jump", signal.SIGSEGV), ("abort", signal.SIGABRT), ("stack", signal.SIGSEGV), ("trap", signal.SIGILL)):
            for level in LEVELS[:1]:
                with self.subTest(how=how, level=level):
                    program = self.program("crash.c", level)
                    head = self.start([program.path, how])
                    start = self.session.checkpoint(head)
                    stop = head.run()
                    self.assertEqual(("signal", number), (stop["reason"], stop["signal"]))
                    self.assertEqual(b"built\n", self.output())
                    replica = self.session.replica(start)
                    if how != "abort":
                        self.assert_same_place(stop, replica.run())
                        self.assert_same_place(stop, replica.run())
                    else:
                        self.assertEqual(stop["pc"], replica.run("limit=%d" % stop["tick"])["pc"])
                    back = self.session.replica(start)
                    back.run("limit=%d" % (stop["tick"] - 1))
                    self.assertEqual("limit", back.stop["reason"])
                    head.send("run")
                    with self.assertRaises((EOFError, ConnectionError)):
                        head.line()
                    answer = self.session.launcher.words()
                    while int(answer[1]) != head.pid:
                        answer = self.session.launcher.words()
                    self.assertEqual(number, int(answer[2]) & 127)

    def test_a_crash_that_is_repaired_goes_on(self):
        program = self.program("crash.c")
        head = self.start([program.path, "null"])
        start = self.session.checkpoint(head)
        stop = head.run()
        head.set_registers(rax=head.registers()["rsp"])
        end = head.run("signal=0")
        self.assertEqual("exit", end["reason"])
        self.assert_same_place(end, self.session.replica(start).run())
        self.assertGreater(end["tick"], stop["tick"])

    def test_signals_to_stop_for(self):
        program = self.program("handlers.c")
        head = self.start(program)
        stop = head.run("stop-signals=%d" % (1 << signal.SIGUSR1 - 1))
        self.assertEqual(("signal", signal.SIGUSR1, "SIGUSR1"), (stop["reason"], stop["signal"], stop["detail"]))
        head.breakpoints(program["on_raise"])
        self.assertEqual("breakpoint", head.run("bp=1")["reason"])


class World(NativeCase):
    def test_what_comes_from_outside_is_replayed_and_not_done_again(self):
        for level in LEVELS:
            with self.subTest(level=level):
                program = self.program("world.c", level)
                head = self.start([program.path, self.scratch, "rdrand"])
                start = self.session.checkpoint(head)
                end = head.run()
                self.assertEqual(("exit", "0"), (end["reason"], end["detail"]))
                output = self.output()
                self.assertRegex(output.decode(), r"1000 \d+ \d+ 1 from the child 7 0 \d+ 5 -1 14\n")
                replica = self.session.replica(start)
                self.assert_same_place(end, replica.run())
                self.assertEqual(output, self.output())
                self.assertEqual(head.read(end["sp"], 4096), replica.read(end["sp"], 4096))

    def pause_in_read(self, head):
        """Stops the head in a call that waits; other calls that could wait, and do not, may come first."""
        while True:
            head.send("run")
            while not self.session.words[8 + 8 * head.slot + 4]:
                pass
            self.session.pause(head)
            stop = head.stopped()
            self.assertEqual("pause", stop["reason"])
            if head.read(stop["pc"], 2) == b"\x0f\x05" and head.registers()["rax"] == 0:
                return stop

    def test_a_blocking_call_is_interrupted_and_begun_again(self):
        ends = os.pipe()
        self.addCleanup(os.close, ends[1])
        head = self.start(["/bin/cat"], stdin="/proc/%d/fd/%d" % (os.getpid(), ends[0]))
        start = self.session.checkpoint(head)
        stop = self.pause_in_read(head)
        again = self.session.checkpoint(head)
        os.write(ends[1], b"some words\n")
        os.close(ends[0])
        head.send("run")
        while b"some words\n" not in self.output():
            pass
        self.session.pause(head)
        stop = head.stopped()
        for checkpoint in (start, again):
            self.assert_same_place(dict(stop, reason="limit"), self.session.replica(checkpoint).run("limit=%d" % stop["tick"]))

    def test_a_busy_loop_is_interrupted_at_once_also_in_replicas(self):
        program = self.program("handlers.c", "-O2")
        head = self.start(["/usr/bin/awk", "BEGIN { while (1) i++ }"] if os.path.exists("/usr/bin/awk") else [program.path])
        start = self.session.checkpoint(head)
        head.send("run")
        self.session.pause(head)
        head.stopped()
        head.send("run")
        self.session.pause(head)
        stop = head.stopped()
        self.assertEqual("pause", stop["reason"])
        head.run("limit=%d" % (stop["tick"] + 2000000))
        replica = self.session.replica(start)
        replica.send("run", "limit=%d" % head.tick)
        self.session.pause(replica)
        self.assertIn(replica.stopped()["reason"], ("pause", "limit"))
        self.assert_same_place(head.stop, replica.run("limit=%d" % head.tick) if replica.tick < head.tick else replica.stop)
        self.assertEqual(self.state(head), self.state(replica))

    def test_what_cannot_be_replayed_is_said(self):
        program = self.program("refused.c", "-O0", "-pthread")
        for how, words in (("exec", "exec"), ("old", "32-bit system call")):
            for options in ((), ("head=native",)):
                with self.subTest(how=how, options=options):
                    head = self.start([program.path, how], options)
                    start = self.session.checkpoint(head)
                    stop = head.run()
                    self.assertEqual("unsupported", stop["reason"])
                    self.assertIn(words, stop["detail"])
                    if options:
                        stop["tick"] = self.session.locate(start, head)
                        head.ask_for("ok", "tick", stop["tick"])
                    self.assertEqual("unsupported", head.run()["reason"])
                    self.assert_same_place(stop, self.session.replica(start).run())


class Endings(NativeCase):
    def test_killing_the_launcher_ends_everything(self):
        program = self.program("tour.c")
        head = self.start(program)
        child = self.session.checkpoint(head)
        kill_launcher(self, head, child)

    def test_a_re_execution_follows_the_log(self):
        program = self.program("tour.c")
        head = self.start([program.path, "30"])
        end = head.run()
        again = self.session.spawn("replay", "null")
        self.assertEqual(("entry", 0), (again.stop["reason"], again.stop["tick"]))
        self.assert_same_place(end, again.run())
        self.assertEqual(self.state(head), self.state(again))
        self.assertEqual(head.read(end["sp"], 4096), again.read(end["sp"], 4096), "with the guards that libc made of random bytes")

    def test_without_a_session_the_library_does_nothing(self):
        program = self.program("tour.c")
        environment = dict(os.environ, LD_PRELOAD=os.path.join(NATIVE, "libfred-native.so"))
        self.assertEqual(program.straight().stdout, subprocess.run([program.path], env=environment, capture_output=True, check=False).stdout)


if __name__ == "__main__":
    unittest.main()
