"""Watched memory: few ranges and many, reads, and what an evaluation reads."""
import struct
import unittest

from cases import LEVELS, NativeCase

PADDING = [(0x7e5000000000 + 64 * i, 64) for i in range(40)]  # unmapped: watching it changes nothing but how the rest is watched


class Watches(NativeCase):
    def changes(self, first, ranges, limit):
        replica = self.session.replica(first)
        replica.watches(*ranges)
        matches, _ = replica.scan("watch=1", "mode=all", "limit=%d" % limit)
        replica.send("exit")
        return matches

    def test_many_ranges_see_what_few_see(self):
        for source, level, arguments in (("tour.c", "-O2", ["30"]), ("machine.c", "-O0", []), ("world.c", "-O0", [self.scratch])):
            with self.subTest(source=source):
                program = self.program(source, level)
                head = self.start([program.path, *arguments])
                head.breakpoints(program["main"])
                stack = head.run("bp=1")["sp"]
                first = self.session.checkpoint(head)
                limit = head.run()["tick"]
                everywhere = [stack - 8, stack - 40, stack - 304, stack - 560, stack - 1200, program.symbols.get("counter", stack - 88)]
                few = [match for address in everywhere for match in self.changes(first, [(address, 8)], limit)]
                self.assertGreater(len(few), 20)
                many = self.changes(first, [*((address, 8) for address in sorted(everywhere)), *PADDING], limit)
                self.assertEqual({(match[0], match[2]) for match in few}, {(match[0], match[2]) for match in many})

    def test_a_call_that_is_seen_to_push_is_made(self):
        program = self.program("tour.c")
        head = self.start([program.path, "6"])
        head.breakpoints(program["fib"])
        slot = head.run("bp=1")["sp"]
        first = self.session.checkpoint(head)
        end = head.run()["tick"]
        for padding in ([], PADDING):  # looked at one by one, and by marks
            replica = self.session.replica(first)
            replica.watches((slot - 64, 64), *padding)
            entered = 0
            while True:
                stop = replica.run("watch=1", "limit=%d" % end)
                clean = self.session.replica(first)
                there = clean.run("limit=%d" % stop["tick"])
                clean.send("exit")
                self.assertEqual((there["pc"], there["sp"]), (stop["pc"], stop["sp"]), stop)
                entered += stop["pc"] == program["fib"]
                if stop["reason"] != "watch":
                    break
            self.assertGreater(entered, 0)

    def test_reads_stop_behind_the_instruction_that_reads(self):
        program = self.program("tour.c")
        head = self.start([program.path, "10"])
        first = self.session.checkpoint(head)
        end = head.run()["tick"]
        for kind, most in (("r", 12), ("a", 22)):  # `counter += ...` reads and writes by one instruction or by two; printf's argument; the exit status
            replica = self.session.replica(first)
            replica.send("watch-add", 7, program["counter"], 4, kind)
            matches, _ = replica.scan("watch=1", "mode=all", "limit=%d" % end)
            self.assertEqual((most, {"7"}), (len(matches), {match[1] for match in matches}))
            stopping = self.session.replica(first)
            stopping.send("watch-add", 7, program["counter"], 4, kind)
            self.assertEqual([match[0] for match in matches[:6]], [stopping.run("watch=1")["tick"] for _ in range(6)])
            self.assertEqual(str(matches[5][2]), stopping.stop["detail"])

    def test_what_an_evaluation_reads_is_noted(self):
        for level in LEVELS:
            with self.subTest(level=level):
                program = self.program("tour.c", level, "-fno-inline", "-fno-ipa-cp")
                head = self.start([program.path, "12"])
                head.breakpoints(program["depth"])
                stop = head.run("bp=1")
                nodes, open_nodes = set(), [head.registers()["rdi"]]
                while open_nodes:
                    node = open_nodes.pop()
                    if node != 0:
                        nodes.add(node)
                        open_nodes += [head.word(node + 8), head.word(node + 16)]
                diversion = self.session.diversion(head)
                diversion.breakpoints(head.word(stop["sp"]))
                self.assertEqual("breakpoint", diversion.run("bp=1", "reads=%d" % stop["sp"])["reason"])
                field = diversion.ask_for("bytes", "reads", 0)[0]
                noted = [word for (word,) in struct.iter_unpack("<Q", bytes.fromhex(field))]
                self.assertEqual(12, len(nodes))
                self.assertLessEqual({node + offset for node in nodes for offset in (8, 16)}, set(noted))
                self.assertEqual(len(noted), len(set(noted)))
                self.assertFalse([address for address in noted if stop["sp"] - 65536 < address < stop["sp"] - 128])


if __name__ == "__main__":
    unittest.main()
