"""The calls of a statement, as stepping into a chosen one sees them."""

import os
import sys
import tempfile
import unittest
from typing import Any, List

import support  # noqa: F401 - puts the agent on sys.path
from fred_agent import calls

SOURCE = '''\
def outer(f, g, h):
    s = "näh"; return f(g(s).strip(), key=lambda: h(1))[0](
        *g.get(2), **{"a": h(3)})
@decorated(1)
class C(base()):
    x = first(1)
for i in rows(2):
    body(i)
if check(1) and check(2):
    then()
elif other():
    pass
with opened() as f, lock():
    inside()
'''


class InStatement(unittest.TestCase):
    def setUp(self) -> None:
        descriptor, self.path = tempfile.mkstemp(".py")
        os.write(descriptor, SOURCE.encode())
        os.close(descriptor)
        self.addCleanup(os.unlink, self.path)

    def labels(self, line: int) -> List[str]:
        return [each.label for each in calls.in_statement(self.path, line)]

    def test_inner_calls_come_first_and_lambdas_are_left_out(self) -> None:
        self.assertEqual(["g", "g(...).strip", "f", "g.get", "h", "f(...)[...]"], self.labels(2))
        self.assertEqual(self.labels(2), self.labels(3), "the second line of the same statement")

    def test_headers_only(self) -> None:
        self.assertEqual(["rows"], self.labels(7))
        self.assertEqual(["check", "check"], self.labels(9))
        self.assertEqual(["other"], self.labels(11))
        self.assertEqual(["opened", "lock"], self.labels(13))
        self.assertEqual(["base", "decorated"], sorted(self.labels(5)))

    def test_columns_are_characters_for_people_and_bytes_for_machines(self) -> None:
        g = calls.in_statement(self.path, 2)[0]
        line = SOURCE.splitlines()[1]
        self.assertEqual(line.index("g(s)") + 1, g.column)
        self.assertEqual(len(line[: line.index("g(s)")].encode()), g.span["column"])

    def test_no_source(self) -> None:
        self.assertEqual([], calls.in_statement("/no/such/file.py", 1))
        with open(self.path, "w") as file:
            file.write("f(")
        self.assertEqual([], calls.in_statement(self.path, 1))


class IsAt(unittest.TestCase):
    def test_the_call_that_runs_is_told_from_the_others(self) -> None:
        seen: List[Any] = []

        def look(_value: int) -> int:
            frame = sys._getframe(1)
            here = calls.in_statement(__file__, frame.f_lineno)
            seen.append([calls.is_at(frame, (c.span["line"], c.span["column"], c.span["endLine"], c.span["endColumn"]), c.label, "look") for c in here])
            return 1

        look(look(1) + look(2))
        if sys.version_info >= (3, 11):
            self.assertEqual([[True, False, False], [False, True, False], [False, False, True]], seen)
        else:
            self.assertEqual([[True] * 3] * 3, seen, "all there is to compare is the name")


if __name__ == "__main__":
    unittest.main()
