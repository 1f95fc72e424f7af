"""libfred-native through the protocol: unmodified programs run, stop, are replayed and searched. FRED_NATIVE names the directory with libfred-native.so.

run: FRED_NATIVE=DIR python -m unittest discover -s tests/native
"""
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import driver  # noqa: E402
import native  # noqa: E402

NATIVE = os.path.abspath(os.environ.get("FRED_NATIVE", os.path.join(driver.HERE, "..", "..", "artifacts", "native")))
LEVELS = ("-O0", "-O2")


@unittest.skipUnless(shutil.which("gcc") and shutil.which("objdump"), "gcc and binutils make the programs")
class Case(unittest.TestCase):
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


class Positions(Case):
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
                        straight.run("limit=%d" % tick)
                        other.breakpoints(1)
                        other.run("limit=%d" % tick, "bp=1")
                        stepping.run("limit=%d" % (tick - rng.randrange(1, 500)))
                        while stepping.tick < tick:
                            stepping.run("steps=%d" % min(rng.randrange(1, 60), tick - stepping.tick))
                        expected = self.state(straight)
                        self.assertEqual(expected, self.state(other))
                        self.assertEqual(expected, self.state(stepping))
                        for process in (straight, other, stepping):
                            process.send("exit")

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


class Searching(Case):
    def tour(self, n="120"):
        self.made = self.program("tour.c")
        head = self.start([self.made.path, n])
        self.first = self.session.checkpoint(head)
        return head

    def test_breakpoints_stop_before_their_instruction_and_are_passed_once(self):
        head = self.tour("10")
        head.breakpoints(self.made["step"], self.made["fib"])
        ticks = []
        for _ in range(12):
            stop = head.run("bp=1")
            self.assertEqual("breakpoint", stop["reason"])
            self.assertEqual(self.made["step"] if stop["ids"] == "1" else self.made["fib"], stop["pc"])
            ticks.append(stop["tick"])
        self.assertEqual(sorted(set(ticks)), ticks)
        matches, _ = self.session.replica(self.first).scan_after(self.made, "step", "fib", limit=ticks[-1])
        self.assertEqual(ticks, [match[0] for match in matches])

    def test_scans_find_first_last_and_all(self):
        head = self.tour()
        end = head.run()["tick"]
        replica = self.session.replica(self.first)
        replica.breakpoints(self.made["step"])
        matches, at = replica.scan("bp=1", "mode=all", "limit=%d" % (end - 1))
        self.assertEqual((120, end - 1), (len(matches), at))
        for mode, wanted in (("first", matches[0]), ("last", matches[-1])):
            replica = self.session.replica(self.first)
            replica.breakpoints(self.made["step"])
            self.assertEqual([wanted], replica.scan("bp=1", "mode=" + mode, "limit=%d" % (end - 1))[0])
        again = self.session.replica(self.first)
        self.assertEqual(self.made["step"], again.run("limit=%d" % matches[60][0])["pc"])

    def test_a_scan_that_meets_the_end_reports_both(self):
        head = self.tour("10")
        end = head.run()
        replica = self.session.replica(self.first)
        replica.breakpoints(self.made["step"])
        matches, at = replica.scan("bp=1", "mode=all")
        self.assertEqual((10, end["tick"]), (len(matches), at))
        self.assert_same_place(end, replica.stopped())

    def test_watched_memory_stops_at_the_instruction_that_changed_it(self):
        for level in LEVELS:
            with self.subTest(level=level):
                program = self.program("tour.c", level)
                head = self.start([program.path, "40"])
                start = self.session.checkpoint(head)
                head.watches((program["counter"], 4))
                values = [head.integer(program["counter"])]
                for _ in range(20):
                    before = head.tick
                    stop = head.run("watch=1")
                    self.assertEqual(("watch", "1"), (stop["reason"], stop["ids"]))
                    values.append(head.integer(program["counter"]))
                    self.assertNotEqual(values[-1], values[-2])
                    replica = self.session.replica(start)
                    replica.run("limit=%d" % (stop["tick"] - 1))
                    self.assertEqual(int(stop["detail"]), replica.stop["pc"])
                    self.assertEqual(values[-2], replica.integer(program["counter"]))
                    self.assertGreater(stop["tick"], before)
                    replica.send("exit")
                replica = self.session.replica(start)
                replica.watches((program["counter"], 4))
                matches, _ = replica.scan("watch=1", "mode=all", "limit=%d" % head.tick)
                self.assertEqual(values[1:], [struct.unpack("<i", bytes.fromhex(match[3]))[0] for match in matches])
                self.assertEqual(head.tick, matches[-1][0])

    def test_wide_unaligned_and_unmapped_ranges(self):
        head = self.tour("20")
        head.watches((self.made["counter"] - 1, 13), (0x7e5000000000, 8), (self.made["total"], 8))
        reasons = {head.run("watch=1")["ids"] for _ in range(8)}
        self.assertLessEqual({"1", "3"}, {part for ids in reasons for part in ids.split(",")})
        head.send("watch-add", 9, self.made["counter"], 65)
        self.assertEqual("error", head.words()[0])

    def test_the_stack_and_system_calls_are_watched_too(self):
        program = self.program("world.c")
        head = self.start([program.path, self.scratch])
        head.breakpoints(program["main"])
        stop = head.run("bp=1")
        head.watches((stop["sp"] - 8, 8))
        stop = head.run("watch=1")
        self.assertEqual("watch", stop["reason"])

    def test_a_range_is_left_at_its_first_instruction_outside(self):
        head = self.tour("10")
        head.breakpoints(self.made["step"])
        stop = head.run("bp=1")
        left = head.run("range=%d:%d" % (stop["pc"], stop["pc"] + 4))
        self.assertEqual("range", left["reason"])
        self.assertEqual(left["pc"], stop["pc"] + 4)

    def test_line_events_are_the_line_starts_of_a_single_stepped_run(self):
        head = self.tour("12")
        head.breakpoints(self.made["step"])
        head.run("bp=1")
        begin = head.tick
        lines = self.made.lines()
        end = begin + 3000
        head.run("limit=%d" % end)
        replica = self.session.replica(self.first)
        replica.run("limit=%d" % begin)
        stepping = self.session.replica(self.session.checkpoint(replica))
        events, stop = self.session.line_events(replica, lines, "limit=%d" % end)
        self.assertEqual(end, stop["tick"])
        expected = []
        while stepping.tick < end:
            if stepping.stop["pc"] in lines:
                expected.append((stepping.tick, stepping.stop["pc"], stepping.stop["sp"]))
            stepping.run("steps=1")
        self.assertEqual(expected, [event[:3] for event in events])
        depths = {event[3] for event in events}
        self.assertGreater(max(depths), min(depths))

    def test_line_events_of_deeper_frames_can_be_left_out(self):
        head = self.tour("12")
        head.breakpoints(self.made["fib"])
        stop = head.run("bp=1")
        head.run()
        replica = self.session.replica(self.first)
        replica.run("limit=%d" % stop["tick"])
        events, _ = self.session.line_events(replica, self.made.lines(), "limit=%d" % (stop["tick"] + 5000), "line-sp=%d" % (stop["sp"] - 64))
        self.assertTrue(events)
        self.assertTrue(all(event[2] >= stop["sp"] - 64 for event in events))


class Signals(Case):
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


class World(Case):
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
        for how, words in (("exec", "exec"), ("write", "changed")):
            with self.subTest(how=how):
                program = self.program("refused.c", "-O0", "-pthread")
                head = self.start([program.path, how])
                start = self.session.checkpoint(head)
                stop = head.run()
                self.assertEqual("unsupported", stop["reason"])
                self.assertIn(words, stop["detail"])
                self.assertEqual("unsupported", head.run()["reason"])
                self.assert_same_place(stop, self.session.replica(start).run())

    def test_code_that_is_written_and_then_made_executable_is_followed(self):
        program = self.program("refused.c", "-O0", "-pthread")
        head = self.start([program.path, "flip"])
        start = self.session.checkpoint(head)
        end = head.run()
        self.assertEqual(("exit", b"10\n"), (end["reason"], self.output()))
        self.assert_same_place(end, self.session.replica(start).run())


class Changes(Case):
    def stopped_in_step(self, hits=5):
        self.made = self.program("tour.c")
        head = self.start([self.made.path, "20"])
        self.first = self.session.checkpoint(head)
        head.breakpoints(self.made["step"])
        for _ in range(hits):
            head.run("bp=1")
        return head

    def test_registers_and_memory_are_read_and_written(self):
        head = self.stopped_in_step()
        registers = head.registers()
        self.assertEqual((head.stop["pc"], head.stop["sp"]), (registers["rip"], registers["rsp"]))
        head.set_registers(rax=0x1122334455667788)
        self.assertEqual(0x1122334455667788, head.registers()["rax"])
        head.write(self.made["counter"], struct.pack("<i", -5))
        self.assertEqual(-5, head.integer(self.made["counter"]))
        self.assertEqual(b"", head.read(16, 8))
        head.send("write", 16, "00")
        self.assertEqual("error", head.words()[0])
        general, vectors = head.general()
        image = bytearray.fromhex(vectors)
        image[160:176] = bytes(range(16))
        head.ask_for("ok", "regs-set", "-", image.hex())
        self.assertEqual(bytes(range(16)), bytes.fromhex(head.general()[1])[160:176])

    def test_what_is_changed_in_the_head_is_part_of_its_history(self):
        head = self.stopped_in_step()
        at = self.session.checkpoint(head)
        head.write(self.made["counter"], struct.pack("<i", 1000000))
        head.set_registers(rdi=7)
        tick, state = head.tick, self.state(head)
        end = head.run()
        self.assertEqual("exit", end["reason"])
        for checkpoint in (self.first, at):
            replica = self.session.replica(checkpoint)
            replica.run("limit=%d" % tick)
            self.assertEqual(1000000, replica.integer(self.made["counter"]))
            self.assertEqual(state, self.state(replica))
            self.assert_same_place(end, replica.run())

    def test_a_changed_replica_stops_where_it_leaves_the_log(self):
        head = self.stopped_in_step()
        tick = head.tick
        head.run()
        replica = self.session.replica(self.first)
        replica.run("limit=%d" % tick)
        replica.write(self.made["counter"], struct.pack("<i", 77))
        stop = replica.run()
        self.assertEqual("diverged", stop["reason"])
        self.assertIn("write", stop["detail"])
        self.assertEqual("diverged", replica.run()["reason"])
        self.assertEqual(b"\x0f\x05", replica.read(stop["pc"], 2))

    def test_a_function_is_called_in_a_diversion_without_a_trace(self):
        head = self.stopped_in_step()
        before = self.state(head)
        copy = self.session.diversion(head)
        registers = copy.registers()
        sp = (registers["rsp"] - 256 & ~15) - 8
        copy.write(sp, struct.pack("<Q", head.stop["pc"]))
        copy.set_registers(rip=self.made["fib"], rsp=sp, rdi=10)
        copy.breakpoints(head.stop["pc"])
        stop = copy.run("bp=1")
        self.assertEqual(("breakpoint", 55), (stop["reason"], copy.registers()["rax"]))
        self.assertEqual(before, self.state(head))

    def test_a_diversions_output_goes_to_the_controller(self):
        head = self.stopped_in_step()
        copy = self.session.diversion(self.session.replica(self.first))
        self.assertEqual("exit", copy.run()["reason"])
        self.assertRegex(copy.output, rb"^\d+ \d+ .* found\n$")
        self.assertEqual(b"", self.output())
        self.assertEqual("exit", head.run()["reason"])

    def test_a_replica_becomes_the_head_of_a_branch(self):
        head = self.stopped_in_step()
        tick = head.tick
        head.run()
        replica = self.session.replica(self.first)
        replica.run("limit=%d" % tick)
        log = self.path("log2")
        replica.ask_for("promoted", "promote", driver.text(log), self.session.slot(), "/proc/%d/fd" % self.session.launcher.pid)
        replica.write(self.made["counter"], struct.pack("<i", 12345678))
        end = replica.run()
        self.assertEqual("exit", end["reason"])
        self.assertRegex(self.output().splitlines()[-1], rb"^123\d{5} ")
        second = self.session.replica(self.first, log)
        second.run("limit=%d" % tick)
        self.assertEqual(12345678, second.integer(self.made["counter"]))
        self.assert_same_place(end, second.run())


class NativeHead(Case):
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
        checkpoints, end = self.session.run_with_checkpoints(head, 0.01)
        located = self.session.locate(self.first, checkpoints[0])
        early = located + 1000000000
        checkpoints[0].ask_for("ok", "tick", early)
        replica = self.session.replica(self.first)
        replica.send("jump", located, early)
        later = self.session.replica(checkpoints[0])
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
        self.assertTrue(all(c.tick > tick for c in checkpoints if c.stop["exact"]))
        replica = self.session.replica(self.first)
        self.assertEqual((end["tick"], end["pc"]), tuple(map(replica.run().get, ("tick", "pc"))))

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
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):  # one that arrives before the run begins must not be taken for the one that is dropped
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


class Endings(Case):
    def test_killing_the_launcher_ends_everything(self):
        program = self.program("tour.c")
        head = self.start(program)
        child = self.session.checkpoint(head)
        self.session.process.kill()
        self.session.process.wait(driver.TIMEOUT)
        for process in (head, child):
            with self.assertRaises((EOFError, ConnectionError)):
                process.line()
                process.line()

    def test_a_re_execution_follows_the_log(self):
        program = self.program("tour.c")
        head = self.start([program.path, "30"])
        end = head.run()
        again = self.session.spawn("replay", "null")
        self.assertEqual(("entry", 0), (again.stop["reason"], again.stop["tick"]))
        self.assert_same_place(end, again.run())

    def test_without_a_session_the_library_does_nothing(self):
        program = self.program("tour.c")
        environment = dict(os.environ, LD_PRELOAD=os.path.join(NATIVE, "libfred-native.so"))
        self.assertEqual(program.straight().stdout, subprocess.run([program.path], env=environment, capture_output=True, check=False).stdout)


if __name__ == "__main__":
    unittest.main()
