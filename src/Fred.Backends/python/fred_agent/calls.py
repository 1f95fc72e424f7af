"""The calls in a statement, and which of them a frame is carrying out: for stepping into a chosen one.

A frame says which instruction it is at, and from Python 3.11 on an instruction says which part of the source it came from: the whole call
expression. Before, all there is to compare is the name of the function that was entered.
"""

import ast
import itertools
import linecache
from types import FrameType
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .tree import MATCH, header_end

_SUITES = ("body", "orelse", "finalbody", "handlers", "cases")
Span = Tuple[int, int, int, int]


class Call(NamedTuple):
    """One call. `column` is for people (1-based, characters), `span` for machines (0-based, UTF-8 bytes)."""

    label: str
    column: int
    span: Dict[str, int]


def in_statement(file: str, line: int) -> List[Call]:
    """The calls in the header of the statement that begins at `line`, in the order in which they are made. None when there is no such source."""
    lines = linecache.getlines(file)
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError, RecursionError):
        return []
    found = _statement_at(tree, line)
    return [] if found is None else [_describe(node, lines) for node in _calls(found)]


def is_at(frame: FrameType, wanted: Span, label: str, callee: str) -> bool:
    """Whether `frame` is at the call of this span; `callee` is the function it has entered."""
    positions = getattr(frame.f_code, "co_positions", None)
    if positions is None:
        return callee in (label.rpartition(".")[2], "__init__", "__new__", "__call__")
    here = next(itertools.islice(positions(), frame.f_lasti // 2, None), None)
    return here is not None and (here[0], here[2], here[1], here[3]) == wanted


def _statement_at(tree: ast.AST, line: int) -> Optional[ast.AST]:
    best: Optional[ast.AST] = None
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= header_end(node) and (best is None or node.lineno >= best.lineno):
            best = node
    return best


def _calls(statement: ast.AST) -> Iterator[ast.Call]:
    """Inner ones first. Not those in lambdas, which are made when the lambda is called, nor those of the statements inside."""
    for name, value in ast.iter_fields(statement):
        if name in _SUITES and isinstance(value, list) and (isinstance(statement, (ast.stmt, ast.mod) + MATCH)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.Lambda):
                yield from _calls(child)
    if isinstance(statement, ast.Call):
        yield statement


def _describe(node: ast.Call, lines: List[str]) -> Call:
    first = lines[node.lineno - 1].encode("utf-8", "surrogatepass") if node.lineno <= len(lines) else b""
    column = len(first[: node.col_offset].decode("utf-8", "replace")) + 1
    span: Dict[str, Any] = {"line": node.lineno, "column": node.col_offset, "endLine": node.end_lineno, "endColumn": node.end_col_offset}
    return Call(_label(node.func), column, span)


def _label(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    if isinstance(function, ast.Attribute):
        return "%s.%s" % (_label(function.value), function.attr)
    if isinstance(function, ast.Call):
        return "%s(...)" % _label(function.func)
    if isinstance(function, ast.Subscript):
        return "%s[...]" % _label(function.value)
    return "(...)"
