"""Each documented difference between fred's events and the stock trace, shown: docs/pdb-differences.md, section 1."""

import sys
import textwrap
import unittest
from typing import List, Optional, Tuple

import support

Short = Tuple[str, int, str]


def short(events: List[support.Event]) -> List[Short]:
    names = {"<module>": "M"}
    return [(event.kind[0], event.line, names.get(event.function, event.function)) for event in events]


class Differences(unittest.TestCase):
    def check(self, source: str, fred: List[Short], stock: Optional[List[Short]] = None) -> None:
        text = textwrap.dedent(source)
        self.assertEqual(fred, short(support.probe_events(text, "<difference>")))
        traced = short(support.stock_events(text, "<difference>"))
        self.assertNotEqual(fred, traced, "no longer a difference")
        if stock is not None:
            self.assertEqual(stock, traced)

    def test_statements_sharing_a_line(self) -> None:
        self.check("a = 1; b = 2\n", [("l", 1, "M"), ("l", 1, "M"), ("r", 1, "M")], [("l", 1, "M"), ("r", 1, "M")])

    def test_statement_over_several_lines(self) -> None:
        self.check("x = [\n  1,\n  len('a'),\n]\n", [("l", 1, "M"), ("r", 1, "M")])

    def test_multi_line_condition(self) -> None:
        self.check("x = 1\nif (\n    x):\n    y = 1\n", [("l", 1, "M"), ("l", 2, "M"), ("l", 4, "M"), ("r", 4, "M")])

    def test_docstring(self) -> None:
        self.check('"""doc"""\nx = 1\n', [("l", 2, "M"), ("r", 2, "M")], [("l", 1, "M"), ("l", 2, "M"), ("r", 2, "M")])

    def test_leaving_a_with_block(self) -> None:
        if sys.version_info < (3, 10):
            self.skipTest("3.9 has no event there either")
        self.check("import io\nwith io.StringIO() as f:\n    x = 1\ny = 2\n", [("l", 1, "M"), ("l", 2, "M"), ("l", 3, "M"), ("l", 4, "M"), ("r", 4, "M")],
                   [("l", 1, "M"), ("l", 2, "M"), ("l", 3, "M"), ("l", 2, "M"), ("l", 4, "M"), ("r", 4, "M")])

    def test_cases_of_a_match(self) -> None:
        if sys.version_info < (3, 10):
            self.skipTest("no match statement")
        self.check("match 2:\n    case 1:\n        x = 1\n    case 2:\n        x = 2\n", [("l", 1, "M"), ("l", 5, "M"), ("r", 1, "M")])

    def test_return_before_finally(self) -> None:
        source = "def f():\n    try:\n        return len('')\n    finally:\n        x = 1\nf()\n"
        self.check(source, [("l", 1, "M"), ("l", 6, "M"), ("c", 1, "f"), ("l", 2, "f"), ("l", 3, "f"), ("r", 3, "f"), ("l", 5, "f"), ("r", 6, "M")])

    def test_continue_before_finally_in_an_async_for(self) -> None:
        source = ("class B:\n    left = 1\n    def __aiter__(self): return self\n    async def __anext__(self):\n        if not self.left: raise StopAsyncIteration\n        self.left = 0\n"
                  "async def g():\n    async for i in B():\n        try:\n            continue\n        finally:\n            x = 1\n"
                  "try: g().send(None)\nexcept StopIteration: pass\n")
        lines = [event.line for event in support.probe_events(source, "<difference>") if event.kind == "line" and event.function == "g"]
        self.assertEqual([8, 9, 10, 8, 12], lines)

    def test_break_and_else_at_the_end(self) -> None:
        source = "def f():\n    for i in [1]:\n        break\n    else:\n        x = 1\nf()\n"
        self.check(source, [("l", 1, "M"), ("l", 6, "M"), ("c", 1, "f"), ("l", 2, "f"), ("l", 3, "f"), ("r", 5, "f"), ("r", 6, "M")])

    def test_suspended_await(self) -> None:
        source = """\
            class Later:
                def __await__(self): yield
            async def f():
                await Later()
            c = f()
            c.send(None)
            try: c.send(None)
            except StopIteration: pass
            """
        events = [event for event in short(support.probe_events(textwrap.dedent(source), "<d>")) if event[2] == "f"]
        self.assertEqual([("c", 3, "f"), ("l", 4, "f"), ("r", 4, "f")], events)
        stock = [event for event in short(support.stock_events(textwrap.dedent(source), "<d>")) if event[2] == "f"]
        self.assertEqual(2, sum(1 for event in stock if event[0] == "c"))

    def test_generator_resumed_by_throw(self) -> None:
        source = "def g():\n    try:\n        yield 1\n    except KeyError:\n        pass\n    yield 2\ni = g()\nnext(i)\ni.throw(KeyError())\n"
        calls = [event for event in short(support.probe_events(source, "<d>")) if event[0] == "c"]
        self.assertEqual([("c", 1, "g")], calls)

    def test_exceptions_have_no_events_of_their_own(self) -> None:
        source = "def f():\n    raise KeyError\ntry:\n    f()\nexcept KeyError:\n    x = 1\n"
        self.assertEqual([("l", 1, "M"), ("l", 3, "M"), ("l", 4, "M"), ("c", 1, "f"), ("l", 2, "f"), ("l", 5, "M"), ("l", 6, "M"), ("r", 6, "M")],
                         short(support.probe_events(source, "<d>")))

    def test_strings_run_by_exec_have_no_events(self) -> None:
        self.assertEqual([("l", 1, "M"), ("r", 1, "M")], short(support.probe_events("exec('a = 1\\nb = 2')\n", "<d>")))

    def test_comprehensions_are_part_of_their_statement(self) -> None:
        self.assertEqual([("l", 1, "M"), ("r", 1, "M")], short(support.probe_events("x = [i for i in range(3)], list(i for i in range(3))\n", "<d>")))

    def test_3_9_has_fewer_events(self) -> None:
        if sys.version_info >= (3, 10):
            self.skipTest("these differ on 3.9 only")
        self.check("while False:\n    x = 1\n", [("l", 1, "M"), ("r", 1, "M")])
        self.check("def f():\n    ...\n    return 1\nf()\n", [("l", 1, "M"), ("l", 4, "M"), ("c", 1, "f"), ("l", 2, "f"), ("l", 3, "f"), ("r", 3, "f"), ("r", 4, "M")])


if __name__ == "__main__":
    unittest.main()
