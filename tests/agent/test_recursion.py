"""Programs at the end of their recursion limit, and such that change it."""

import sys
import unittest
from typing import Dict, List

from test_session import Recorded, text

PROGRAM = '''\
import sys
before = 1
sys.setrecursionlimit(sys.getrecursionlimit() + 345)
after = 1
deepest = -1
def down(n):
    global deepest
    deepest = n
    down(n + 1)
try:
    down(0)
except RecursionError:
    pass
done = 1
'''


class Recursion(Recorded):
    program = PROGRAM

    def test_depths_do_not_follow_the_limit(self) -> None:
        self.assertEqual(self.to_line(self.head, 2)["depth"], self.to_line(self.head, 4)["depth"])

    def test_the_deepest_call_can_be_looked_at(self) -> None:
        end = self.to_line(self.head, 14)["tick"]
        deepest = int(self.ask(self.head, op="eval", expr="deepest")["value"])
        self.assertGreater(deepest, 1000)
        replica = self.session.replica(self.start)
        self.assertEqual(8, self.to_line(replica, 8, "n == %d" % deepest)["line"])
        seen = self.ask(replica, op="stop", count=3)
        self.assertEqual(["down"] * 3, [frame["function"] for frame in seen["frames"]][:3])
        self.assertEqual("(%d, %d)" % (deepest, deepest - 1), self.ask(replica, op="eval", expr="(n, deepest)")["value"])
        replica.run("limit=%d" % end)
        self.assertEqual(str(deepest), self.ask(replica, op="eval", expr="deepest")["value"])

    def test_scans_evaluate_down_there(self) -> None:
        end = self.to_line(self.head, 14)["tick"]
        replica = self.session.replica(self.start)
        replica.send("watch", text("deepest < 900"), "module:__main__")
        replica.words()
        values = [value for _, value in replica.scan("limit=%d" % end, "mode=watch", "stride=1")[0]]
        self.assertEqual([2, 1, 0], values, "not evaluable, good, bad: %s" % sys.version)


class Returned(Recorded):
    """Calls that have returned leave their entries in the shadow stack, deeper than what runs."""

    program = '''\
def f(n):
    if n:
        f(n - 1)
    x = n
    return 1 // (n - 3)
try:
    f(5)
finally:
    done = [each for each in range(3)]
'''

    def identities(self) -> Dict[str, List[str]]:
        """At each stop of f behind its inner call, the activations of f, innermost first."""
        seen = {}
        for n in range(4):
            self.to_line(self.head, 4, "n == %d" % n)
            seen[str(n)] = self.of_f()
        return seen

    def of_f(self) -> List[str]:
        return [frame["activation"] for frame in self.ask(self.head, op="stop")["frames"] if frame["function"] == "f"]

    def test_each_call_keeps_its_identity(self) -> None:
        seen = self.identities()
        self.assertEqual(6, len(seen["0"]))
        for n in range(1, 4):
            self.assertEqual(seen["0"][n:], seen[str(n)])

    def test_also_in_a_traceback(self) -> None:
        expected = self.identities()["3"]
        self.assertEqual("exception", self.head.run()["reason"])
        self.assertEqual(expected, self.of_f())

    def test_a_scan_evaluates_in_that_very_call(self) -> None:
        outer = self.identities()["3"][0]
        replica = self.session.replica(self.start)
        replica.send("watch", text("n == 3"), text(outer))
        replica.words()
        values = [value for _, value in replica.scan("limit=%d" % self.head.stop["tick"], "mode=watch", "stride=1")[0]]
        self.assertEqual([2, 1], values)


if __name__ == "__main__":
    unittest.main()
