"""libfred-native through the protocol: breakpoints, watched memory and lines are searched for; what a user changes.

run: FRED_NATIVE=DIR python -m unittest discover -s tests/native
"""
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import driver  # noqa: E402
from cases import LEVELS, NativeCase  # noqa: E402


class Searching(NativeCase):
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


class Changes(NativeCase):
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


if __name__ == "__main__":
    unittest.main()
