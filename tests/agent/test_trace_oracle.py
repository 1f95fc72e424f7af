"""Fred's events against the stock trace, program by program. What may differ is listed in docs/pdb-differences.md, and only that is forgiven here."""

import ast
import os
import sys
import textwrap
import unittest
from typing import Dict, List, Set, Tuple

import support
from support import Event

PROGRAMS_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs.txt")


def read_programs() -> List[Tuple[str, Tuple[int, int], str]]:
    """Name, least Python version and source of each program; separated by lines `=== name [3.x]`."""
    programs: List[Tuple[str, Tuple[int, int], List[str]]] = []
    with open(PROGRAMS_FILE, encoding="utf-8") as file:
        for line in file:
            if line.startswith("=== "):
                words = line.split()
                least = (3, int(words[2].split(".")[1])) if len(words) > 2 else (3, 9)
                programs.append((words[1], least, []))
            else:
                programs[-1][2].append(line)
    return [(name, least, "".join(lines)) for name, least, lines in programs]


class Statements:
    """Where the statements of a program are: found independently of the instrumenter."""

    def __init__(self, source: str) -> None:
        self.start: Dict[int, int] = {}
        self.multi: Set[int] = set()
        self.forgiven: Set[int] = set()  # lines with stock events that Fred has none for
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, (ast.stmt, ast.ExceptHandler)):
                self._add(node)
            if isinstance(node, (ast.With, ast.AsyncWith)):
                self.forgiven.add(node.lineno)
            elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp)) and sys.version_info >= (3, 12):
                self.multi.add(node.lineno)  # inlined: its iterations are events of the enclosing function
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                self.forgiven.add(node.lineno)
            if isinstance(node, (ast.Module, ast.ClassDef)) and ast.get_docstring(node) is not None:
                self.forgiven.add(node.body[0].lineno)
            elif hasattr(ast, "Match") and isinstance(node, ast.Match):
                self.forgiven.update(case.pattern.lineno for case in node.cases)

    def _add(self, node: ast.AST) -> None:
        first = min([node.lineno] + [each.lineno for each in getattr(node, "decorator_list", [])])
        inner = [child.lineno for child in ast.iter_child_nodes(node) if isinstance(child, (ast.stmt, ast.ExceptHandler))]
        last = max(first, min(inner) - 1) if inner else (node.end_lineno or first)
        for line in range(first, last + 1):
            self.start[line] = first
        if last > first:
            self.multi.add(first)


def compare(stock: List[Event], fred: List[Event], statements: Statements) -> List[str]:
    """Aligns two traces; returns what cannot be explained."""
    problems: List[str] = []
    at = 0
    last_line: Dict[str, int] = {}
    for event in stock:
        line = statements.start.get(event.line, event.line) if event.kind == "line" else event.line
        mine = fred[at] if at < len(fred) else Event("nothing", 0, "")
        if mine == Event(event.kind, line, event.function):
            at += 1
            last_line[event.function] = line
        elif event.kind == "line" and line in statements.multi and last_line.get(event.function) == line:
            continue  # a further physical line of the same statement
        elif event.kind == "line" and event.line in statements.forgiven:
            continue
        else:
            problems.append("event %d: stock %s, fred %s" % (at, tuple(event), tuple(mine)))
            if len(problems) > 3:
                break
            at += 1
    if not problems and at < len(fred):
        problems.append("fred has more events: %s" % (fred[at:at + 3],))
    return problems


class TraceOracle(unittest.TestCase):
    """Each program of programs.txt, traced both ways."""

    maxDiff = None

    def test_events_equal_the_stock_trace(self) -> None:
        checked = 0
        for name, least, source in read_programs():
            if sys.version_info[:2] < least:
                continue
            with self.subTest(name):
                filename = "<%s>" % name
                stock = support.stock_events(source, filename)
                fred = support.probe_events(source, filename)
                problems = compare(stock, fred, Statements(source))
                self.assertEqual([], problems, "\nstock %s\nfred  %s" % ([tuple(e) for e in stock], [tuple(e) for e in fred]))
                self.assertGreater(len(fred), 0)
                checked += 1
        self.assertGreaterEqual(checked, 40)

    def test_values_equal_those_of_the_plain_program(self) -> None:
        for name, least, source in read_programs():
            if sys.version_info[:2] < least:
                continue
            with self.subTest(name):
                plain = support.quiet_exec(compile(source, name, "exec", dont_inherit=True), name)
                fred = support.quiet_exec(support.instrumented(source, name), name)
                shown = [repr({key: value for key, value in scope.items() if isinstance(value, (int, str, list, tuple, dict)) and key != "__builtins__"})
                         for scope in (plain, fred)]
                self.assertEqual(shown[0], shown[1])

    def test_oracle_can_fail(self) -> None:
        source = textwrap.dedent("""
            def f(x):
                y = x
                return y
            f(1)
        """)
        fred = support.probe_events(source, "<x>")
        self.assertNotEqual([], compare(support.stock_events(source, "<x>"), fred[:-1] + fred[-2:], Statements(source)))
        self.assertNotEqual([], compare(support.stock_events(source, "<x>"), fred[1:], Statements(source)))


class RoomyTraceOracle(support.Roomy, TraceOracle):
    pass


if __name__ == "__main__":
    unittest.main()
