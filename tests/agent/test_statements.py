"""Which lines may run in a throw-away copy."""

import unittest

import support  # noqa: F401 - puts the agent on sys.path
from fred_agent.statements import is_complete, only_looks, returned_name


class Statements(unittest.TestCase):
    def test_looking(self) -> None:
        for source in ("x", "x + 1", "len(x)", "sorted(x)[0]", "[i for i in x]", "a.b.c", "pass", "'text'", "x ==", "max(x, key=abs)", "print(x, sep='')"):
            self.assertTrue(only_looks(source, {}, {"x": [1]}), source)

    def test_changing(self) -> None:
        for source in ("x = 1", "x += 1", "del x", "import os", "f(x)", "x.append(1)", "(y := 1)", "for i in x: pass", "print(x, file=f)", "print(**x)", "len(x); f()", "x[0] = 1", "exec('1')"):
            self.assertFalse(only_looks(source, {}, {"x": [1]}), source)

    def test_a_redefined_builtin_is_no_builtin(self) -> None:
        self.assertFalse(only_looks("len(x)", {"len": print}, {}))
        self.assertFalse(only_looks("len(x)", {}, {"len": print}))

    def test_unfinished(self) -> None:
        self.assertEqual([False, False, True, True], [is_complete(each) for each in ("for i in x:", "f(1,", "x = 1", "x = = 1")])

    def test_what_a_line_returns(self) -> None:
        lines = ("  return x", "return 5  # five", "return", "x = 1", "return f(x)", "return (1,", "else:")
        self.assertEqual([(True, "x"), (True, "5  # five"), (True, "None"), (True, "None"), (False, ""), (False, ""), (False, "")],
                         [returned_name(each) for each in lines])


if __name__ == "__main__":
    unittest.main()
