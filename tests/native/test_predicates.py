"""Expressions that a replica looks at itself: against the values that a controller sees when it stops at every change."""
import struct
import unittest

from cases import LEVELS, NativeCase

OPERATIONS = dict(add=0x02, sub=0x03, log_not=0x0E, equal=0x13, less_signed=0x14, ext=0x16, ref32=0x19, ref64=0x1A, if_goto=0x20, goto=0x21, end=0x27)
RESULTS = 0x7ffe0000


def constant(value):
    return bytes([0x25]) + struct.pack(">Q", value % (1 << 64))


def code(*items):
    """Operations by name, numbers as constants."""
    return b"".join(constant(item) if isinstance(item, int) else bytes([OPERATIONS[item]]) for item in items)


class Predicates(NativeCase):
    def seen(self, first, limit, expression, *options, calls=(), points=()):
        """What a replica says of an expression: (tick, truth) of each, and the stop."""
        replica = self.session.replica(first)
        replica.breakpoints(*points)
        replica.send("predicate-clear")
        for function, *arguments in calls:
            replica.send("predicate-call", function, *(argument.hex() for argument in arguments))
        replica.ask_for("ok", "predicate", expression.hex(), bytes(8 * 17).hex())
        replica.send("run", "limit=%d" % limit, *options)
        values = []
        while True:
            words = replica.words()
            if words[0] == "stopped":
                replica.send("exit")
                return values, (words[1], int(words[2]), words[9])
            values.append((int(words[1]), int(words[2])))

    def start_in_main(self, source, *arguments, level="-O0"):
        program = self.program(source, level)
        head = self.start([program.path, *arguments])
        head.breakpoints(program["main"])
        head.run("bp=1")
        return program, self.session.checkpoint(head), head.run()["tick"]

    def followed(self, first, limit, ranges, truth):
        """The same by a controller that stops at each change."""
        replica = self.session.replica(first)
        values = [(replica.tick, truth(replica))]
        while True:
            replica.watches(*ranges(replica))
            stop = replica.run("watch=1", "limit=%d" % limit)
            value = truth(replica)
            if value != values[-1][1]:
                values.append((stop["tick"], value))
            if stop["reason"] != "watch":
                return values

    def test_every_change_is_seen_as_by_stopping(self):
        program, first, limit = self.start_in_main("tour.c", "30")
        counter = program["counter"]
        even = code(counter, "ref32", 1) + bytes([0x0F]) + code("end")
        expected = self.followed(first, limit, lambda _: [(counter, 4)], lambda replica: replica.integer(counter) & 1)
        self.assertGreater(len(expected), 4)
        seen, stop = self.seen(first, limit, even, "predicate=all")
        self.assertEqual(expected, seen)
        self.assertEqual(("limit", limit), stop[:2])

    def test_functions_are_called_in_copies(self):
        program, first, limit = self.start_in_main("tour.c", "30")
        counter = program["counter"]
        fibonacci = [0, 1, 1, 2, 3, 5, 8, 13]
        argument = code(counter, "ref32", 7) + bytes([0x0F]) + code("end")
        small = code(RESULTS, "ref32") + bytes([OPERATIONS["ext"], 32]) + code(5, "less_signed", "end")
        expected = self.followed(first, limit, lambda _: [(counter, 4)], lambda replica: int(fibonacci[replica.integer(counter) & 7] < 5))
        self.assertGreater(len(expected), 2)
        seen, stop = self.seen(first, limit, small, "predicate=all", calls=[(program["fib"], argument)])
        self.assertEqual(expected, seen)
        self.assertEqual(("limit", limit), stop[:2])

    def test_what_is_read_may_move(self):
        for level in LEVELS:
            with self.subTest(level=level):
                program, first, limit = self.start_in_main("pointers.c", level=level)
                aim = program["aim"]
                positive = code(0, aim, "ref64", "ref64", "less_signed", "end")

                def truth(replica):
                    data = replica.read(replica.word(aim), 8)
                    return 2 if len(data) < 8 else int(struct.unpack("<q", data)[0] > 0)

                expected = self.followed(first, limit, lambda replica: [(aim, 8), (replica.word(aim), 8)], truth)
                self.assertGreater(len(expected), 100)
                seen = self.seen(first, limit, positive, "predicate=all")[0]
                gone = [i for i, (_, value) in enumerate(seen) if value == 2]
                self.assertEqual(1, len(gone))  # the page between munmap and the next assignment, which changes nothing that is watched
                self.assertEqual(seen[gone[0] - 1][1], seen[gone[0] + 1][1])
                self.assertEqual(expected, seen[:gone[0]] + seen[gone[0] + 2:])

    def test_functions_that_follow_pointers_see_each_change(self):
        program, first, limit = self.start_in_main("pointers.c")
        head = program["list"]

        def nodes(replica):
            node = replica.word(head)
            while node != 0:
                yield node
                node = replica.word(node)

        def ranges(replica):
            return sorted([(head, 8)] + [(node, 16) for node in nodes(replica)])

        def truth(replica):
            return int(sum(struct.unpack("<q", replica.read(node + 8, 8))[0] for node in nodes(replica)) > 0)

        expected = self.followed(first, limit, ranges, truth)
        self.assertGreater(len(expected), 3)
        call = (program["sum"], code(head, "ref64", "end"))
        positive = code(0, RESULTS, "ref64", "less_signed", "end")
        self.assertEqual(expected, self.seen(first, limit, positive, "predicate=all", calls=[call])[0])

    def test_what_is_said_is_bounded_but_for_all(self):
        program, first, limit = self.start_in_main("tour.c", "30")
        counter = program["counter"]
        odd = code(counter, "ref32", 1) + bytes([0x0F]) + code("end")
        every, _ = self.seen(first, limit, odd, "predicate=all")
        falls = [i for i in range(1, len(every)) if every[i][1] == 0]
        last, stop = self.seen(first, limit, odd, "predicate=last")
        self.assertEqual(sorted({*every[:3], every[falls[-1] - 1], every[falls[-1]], every[-1]}), last)
        self.assertEqual("limit", stop[0])
        early, stop = self.seen(first, limit, odd, "predicate=first")
        self.assertEqual((every[:falls[0] + 1], ("watch", every[falls[0]][0], "%")), (early, stop))
        here, stop = self.seen(first, first.tick, odd, "predicate=last")
        self.assertEqual((every[:1], "limit"), (here, stop[0]))

    def test_breakpoints_stop_on_the_way(self):
        program, first, limit = self.start_in_main("tour.c", "30")
        constantly = code(1, "end")
        values, stop = self.seen(first, limit, constantly, "predicate=last", "bp=1", points=[program["fib"]])
        self.assertEqual([(first.tick, 1)], values)
        self.assertEqual("breakpoint", stop[0])

    def test_a_state_is_found_on_the_way_also_at_a_breakpoint(self):
        program = self.program("tour.c")
        later = self.start([program.path, "30"])
        later.breakpoints(program["main"])
        later.run("bp=1")
        first = self.session.checkpoint(later)
        later.breakpoints(program["fib"])
        there = [later.run("bp=1")["tick"] for _ in range(5)][-1]
        odd = code(program["counter"], "ref32", 1) + bytes([0x0F]) + code("end")
        expected = self.seen(first, there, odd, "predicate=all")[0]
        self.assertGreater(len(expected), 2)
        for points in ((), (program["fib"],)):
            replica = self.session.replica(first)
            replica.breakpoints(*points)
            replica.ask_for("ok", "predicate", odd.hex(), bytes(8 * 17).hex())
            replica.ask_for("ok", "match", later.pid, later.general()[0])
            values, words = [], ["stopped", "breakpoint"]
            while words[:2] == ["stopped", "breakpoint"]:
                replica.send("run", "limit=%d" % (there + 1000), "match=1", "predicate=all", "bp=1")
                words = replica.words()
                while words[0] != "stopped":
                    values += [(int(words[1]), int(words[2]))] if not values or values[-1][1] != int(words[2]) else []
                    words = replica.words()
            self.assertEqual((expected, ["stopped", "match", str(there)]), (values, words[:3]))

    def test_without_a_value_it_is_neither(self):
        program, first, limit = self.start_in_main("tour.c", "30")
        crash = code(0, "end")
        for expression, calls in ((code(16, "ref64", "end"), ()), (code(1, 0) + bytes([0x05]) + code("end"), ()), (code(RESULTS, "ref64", "end"), [(program["compare"], crash, crash)])):
            values, stop = self.seen(first, limit, expression, "predicate=last", calls=calls)
            self.assertEqual([(first.tick, 2)], values)
            self.assertEqual("limit", stop[0])

    def test_calls_are_made_so_often_only(self):
        program, first, limit = self.start_in_main("tour.c", "30")
        argument = code(program["counter"], "ref32", 7) + bytes([0x0F]) + code("end")
        expression, calls = code(RESULTS, "ref32", 100, "equal", "end"), [(program["fib"], argument)]
        for most in (1, 3):
            values, stop = self.seen(first, limit, expression, "predicate=last", "calls=%d" % most, calls=calls)
            self.assertEqual([(first.tick, 0)], values)
            self.assertEqual(("watch", "calls"), (stop[0], stop[2]))
        self.assertEqual("limit", self.seen(first, limit, expression, "predicate=last", "calls=100000", calls=calls)[1][0])


if __name__ == "__main__":
    unittest.main()
