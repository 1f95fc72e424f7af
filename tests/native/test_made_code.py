"""libfred-native through the protocol: programs that make code at run time, and code that cannot be translated.

run: FRED_NATIVE=DIR python -m unittest discover -s tests/native
"""
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import NativeCase  # noqa: E402

WAYS = ("fill", "alternate", "patch", "flip", "lazily", "calls", "file")


class MadeCode(NativeCase):
    def begin(self, way, *options):
        program = self.program("made.c")
        self.expected = program.straight(way).stdout
        self.start([program.path, way], options)
        self.first = self.session.checkpoint(self.head)
        return self.head

    def test_it_does_what_it_does_without_fred_and_so_do_replicas_from_any_checkpoint(self):
        for way in WAYS:
            with self.subTest(way=way):
                head = self.begin(way)
                checkpoints, end = self.session.run_with_checkpoints(head, 0.002)
                self.assertEqual(("exit", self.expected), (end["reason"], self.output()))
                for checkpoint in [self.first, *checkpoints[:: max(1, len(checkpoints) // 3)]]:
                    replica = self.session.replica(checkpoint)
                    self.assert_same_place(end, replica.run())
                    self.assertEqual(self.state(head), self.state(replica))
                    replica.send("exit")

    def test_a_head_at_full_speed_is_located_and_its_checkpoints_are_linked(self):
        for way in WAYS:
            with self.subTest(way=way):
                head = self.begin(way, "head=native")
                checkpoints, end = self.session.run_with_checkpoints(head, 0.002, origin=self.first)
                self.assertEqual(("exit", self.expected), (end["reason"], self.output()))
                self.assertEqual([], head.notices)
                known = self.first
                for unknown in [*checkpoints[:: max(1, len(checkpoints) // 3)], head]:
                    unknown.ask_for("ok", "tick", self.session.locate(known, unknown))
                    known = unknown
                # what replicas of later checkpoints have translated does not mislead those of earlier ones
                replica = self.session.replica(self.first)
                self.assertEqual(end["detail"], replica.run()["detail"])
                self.assertEqual(head.word(end["sp"]), replica.word(end["sp"]))

    def test_any_tick_has_one_state_whatever_way_leads_there(self):
        rng = random.Random(11)
        for way in WAYS:
            with self.subTest(way=way):
                head = self.begin(way)
                end = head.run()["tick"]
                for _ in range(4):
                    tick = rng.randrange(end // 3, end)
                    straight, other, stepping = (self.session.replica(self.first) for _ in range(3))
                    self.assert_one_state_at(tick, straight, other, stepping, rng, most=2000)

    def test_single_instructions_count_as_blocks_do(self):
        """The loop that changes its next instruction, stepped one by one: nothing is translated but that."""
        program = self.program("made.c")
        head = self.begin("patch")
        head.breakpoints(program["patch"])
        began = head.run("bp=1")
        head.breakpoints()
        end = head.run()
        whole, single = self.session.replica(self.first), self.session.replica(self.first)
        for replica in (whole, single):
            replica.run("limit=%d" % (began["tick"] + 100))
        whole.run("limit=%d" % (began["tick"] + 4000))
        for _ in range(3900):
            single.run("steps=1")
        self.assertEqual(self.state(whole), self.state(single))
        self.assert_same_place(end, single.run())

    def test_watches_and_breakpoints_work_there(self):
        """A breakpoint on made code; and what changes the code is found by watching it."""
        program = self.program("made.c")
        head = self.begin("fill")
        end = head.run()
        replica = self.session.replica(self.first)
        memory = int.from_bytes(head.read(program["memory"], 8), "little")
        replica.breakpoints(memory)
        hits, _ = replica.scan("bp=1", "mode=all", "limit=%d" % end["tick"])
        self.assertEqual(1000, len(hits))
        replica = self.session.replica(self.first)
        replica.run("limit=%d" % hits[0][0])
        replica.watches((memory + 2, 4))
        changes, _ = replica.scan("watch=1", "mode=all", "limit=%d" % end["tick"])
        self.assertEqual(2 * 999 - 1, len(changes), "it is written in two steps, zeros first; the first number is zero")
        self.assertEqual(2997, int.from_bytes(replica.read(memory + 2, 4), "little"))


class OddCode(NativeCase):
    """What cannot be translated is executed where it is."""

    def test_it_counts_and_does_what_it_does_without_fred(self):
        program = self.program("odd.c", "-O0", "-no-pie")
        expected = program.straight().stdout
        head = self.start(program)
        start = self.session.checkpoint(head)
        end = head.run()
        self.assertEqual(("exit", expected), (end["reason"], self.output()))
        replica, stepping = self.session.replica(start), self.session.replica(start)
        self.assert_same_place(end, replica.run())
        self.assertEqual(self.state(head), self.state(replica))
        rng = random.Random(3)
        while stepping.tick < end["tick"] - 1:
            stepping.run("steps=%d" % min(rng.randrange(1, 90), end["tick"] - 1 - stepping.tick))
        self.assert_same_place(end, stepping.run())

    def test_a_head_at_full_speed_is_located_there(self):
        program = self.program("odd.c", "-O0", "-no-pie")
        head = self.start(program, ("head=native",))
        start = self.session.checkpoint(head)
        head.breakpoints(program["ready"])
        head.run("bp=1")
        at = self.session.locate(start, head)
        head.ask_for("ok", "tick", at)
        head.breakpoints(0x200000000000 + 4)  # in the loop
        ticks = []
        for _ in range(12):
            self.assertEqual("breakpoint", head.run("bp=1")["reason"])
            ticks.append(self.session.locate(start, head))
        replica = self.session.replica(start)
        replica.breakpoints(0x200000000000 + 4)
        matches, _ = replica.scan("bp=1", "mode=all", "limit=%d" % ticks[-1])
        self.assertEqual(ticks, [match[0] for match in matches])
        again = self.session.replica(start)
        again.watches((program["number"], 4))
        changes, _ = again.scan("watch=1", "mode=all", "limit=%d" % ticks[-1])
        self.assertEqual(20, len(changes))


if __name__ == "__main__":
    unittest.main()
