"""Where a program spends its time its blocks are joined (native/translate/traces.h): nothing but the time it takes may tell."""
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import LEVELS, NativeCase  # noqa: E402

KINDS = [(level, *position) for level in LEVELS for position in ((), ("-no-pie",))]


class Traces(NativeCase):
    def test_hot_paths_through_libraries_faults_and_jumps_are_replayed(self):
        for flags in KINDS:
            with self.subTest(flags=flags):
                program = self.program("hot.c", *flags)
                straight = program.straight("1500")
                head = self.start([program.path, "1500"])
                start = self.session.checkpoint(head)
                checkpoints, end = self.session.run_with_checkpoints(head, 0.02)
                self.assertEqual(("exit", "0"), (end["reason"], end["detail"]))
                self.assertEqual(straight.stdout, self.output())
                self.assertIn(b" 1 ", straight.stdout)  # registers that an address had borrowed were right in the handler
                for checkpoint in (start, *checkpoints[:: max(1, len(checkpoints) // 3)]):
                    self.assert_same_place(end, self.session.replica(checkpoint).run())

    def sources(self, flags):
        """A recorded run's end, and three processes at different moments of its first half, with more and fewer traces."""
        self.start([self.program("hot.c", *flags).path, "300"])
        start = self.session.checkpoint(self.head)
        end = self.head.run()["tick"]
        early, late = self.session.replica(start), self.session.replica(start)
        early.run("limit=%d" % (end // 20))
        late.run("limit=%d" % (end // 2))
        return end, (start, self.session.checkpoint(early), self.session.checkpoint(late))

    def test_any_tick_has_one_state(self):
        rng = random.Random(11)
        for flags in KINDS:
            with self.subTest(flags=flags):
                end, sources = self.sources(flags)
                for _ in range(4):
                    tick = rng.randrange(end // 2 + 6000, end)
                    self.assert_one_state_at(tick, *map(self.session.replica, sources), rng, most=5000)

    def test_the_flags_are_right_also_where_hundreds_of_returns_leave_them_alone(self):
        rng = random.Random(12)
        program = self.program("hot.c", "-O0")
        end, sources = self.sources(("-O0",))
        hits, _ = self.session.replica(sources[0]).scan_after(program, "bottom", limit=end)
        for tick, *_ in rng.sample([hit for hit in hits if hit[0] > end // 2], 5):
            self.assert_one_state_at(tick + rng.randrange(500, 700), *map(self.session.replica, sources), rng, most=1500)

    def test_every_hit_is_told_once(self):
        program = self.program("hot.c", "-O0")
        end, sources = self.sources(("-O0",))
        hits, _ = self.session.replica(sources[0]).scan_after(program, "compare", limit=end)
        self.assertEqual(int(self.output().split()[1]), len(hits))
        self.assertEqual(sorted({hit[0] for hit in hits}), [hit[0] for hit in hits])


if __name__ == "__main__":
    unittest.main()
