"""Answers questions to the whole history: asked at events of a replica that replays an interval, in that process itself.

What is hard about it: evaluating here, and not in a fork, is what makes a question to a million events quick, but an evaluation that changed the program
would falsify everything after it. So each answer comes with a warning when it might have: `is_pure` judges the expression's text, libfred notes whether
the program's own code ran. Whoever asked then compares `digest` with that of a clean replica.
"""

import _ast
import sys
from types import CodeType, FrameType
from typing import Any, Dict, List, Optional, Tuple

from .values import text_of

MAX_VALUE = 1000
"""Longest text of one value, in characters."""
SEPARATOR = "\x1e"
UNCHANGED = 0
_NAMED_ARGUMENTS, _KEYWORD_ARGUMENTS, _GENERATORS, _COROUTINES = 4, 8, 0x20 | 0x200, 0x80 | 0x200  # co_flags
SUSPENDS = "-suspends"
"""Among the values of a call: nothing happens when it waits, or goes on, so that what comes next at its depth may be another call's."""
_PLAIN = (int, float, bool, type(None))
_PURE_CALLS = frozenset("abs bool callable chr divmod float getattr hasattr hash hex id int isinstance issubclass len ord pow repr round str type".split())
_IMPURE_NODES = (_ast.NamedExpr, _ast.Await, _ast.Yield, _ast.YieldFrom, _ast.comprehension, _ast.In, _ast.NotIn, _ast.Starred)


def is_pure(tree: Any) -> bool:
    """Whether evaluating the expression changes nothing, as far as its text says: it calls only builtins that iterate over nothing (an iterator would be used up)."""
    pending: List[Any] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, _IMPURE_NODES):
            return False
        if isinstance(node, _ast.Call) and not (isinstance(node.func, _ast.Name) and node.func.id in _PURE_CALLS):
            return False
        for field in node._fields:
            value = getattr(node, field, None)
            pending.extend(each for each in (value if isinstance(value, list) else [value]) if isinstance(each, _ast.AST))
    return True


def shown(value: Any) -> str:
    """A value's text, bounded."""
    if type(value) in _PLAIN or (type(value) is str and len(value) < 200):
        text = repr(value) if type(value) is not int or value.bit_length() < 3000 else text_of(value)
    else:
        text = text_of(value)
    text = text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 3] + "..."
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text.replace(SEPARATOR, " ") if SEPARATOR in text else text


def value_text(code: Any, global_names: Any, local_names: Any) -> str:
    """`+` and the value's text, or `-` and why there is none."""
    try:
        return "+" + shown(eval(code, global_names, local_names))
    except BaseException as error:  # noqa: BLE001 - the program's own exceptions are values here
        return "-" + _error_text(error)


def _error_text(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - a broken __str__
        text = "<no message: its __str__ fails>"
    return shown_text("%s: %s" % (type(error).__name__, text) if text else type(error).__name__)


def shown_text(text: str) -> str:
    return text[:MAX_VALUE].replace(SEPARATOR, " ").encode("utf-8", "backslashreplace").decode("utf-8")


def compiled(text: str) -> Tuple[Any, bool]:
    """Code, and whether it is pure. SyntaxError or ValueError when it is no expression."""
    tree = compile(text.strip(), "<expression>", "eval", 0x400, True)  # 0x400: PyCF_ONLY_AST
    return compile(tree, "<expression>", "eval", 0, True), is_pure(tree)


class Observer:
    """The questions this replica was given."""

    def __init__(self) -> None:
        self._looks: Dict[int, List[Any]] = {}
        self._returns: Dict[str, Dict[int, Any]] = {}
        self._last: Tuple[Any, Optional[str]] = (self, None)
        self._begun: Dict[CodeType, int] = {}

    def prepare(self, number: int, text: str) -> str:
        """Takes the expressions of a place, separated. Returns "", "?" when one may change the program, or why one is none, after a "!"."""
        codes, pure = [], True
        for each in text.split(SEPARATOR) if text else []:
            try:
                code, harmless = compiled(each)
            except (SyntaxError, ValueError) as error:
                return "!'%s' is no expression: %s: %s" % (each, type(error).__name__, error)
            codes.append(code)
            pure = pure and harmless
        self._looks[number] = codes
        return "" if pure else "?"

    def look(self, number: int, frame: FrameType) -> str:
        """The values of a place's expressions in the frame that came to it."""
        codes = self._looks.get(number)
        if not codes:
            return ""
        global_names, local_names = frame.f_globals, frame.f_locals
        if len(codes) == 1:
            return value_text(codes[0], global_names, local_names)
        return SEPARATOR.join([value_text(code, global_names, local_names) for code in codes])

    def change(self, code: Any, global_names: Any, local_names: Any) -> Any:
        """The value's text as `value_text` gives it, or UNCHANGED since it was asked last in this process."""
        try:
            value = eval(code, global_names, local_names)
        except BaseException as error:  # noqa: BLE001
            value, text = self, "-" + _error_text(error)
        else:
            last = self._last[0]
            if value is last and (type(value) in _PLAIN or type(value) is str):
                return UNCHANGED
            if type(value) is type(last) and type(value) in _PLAIN and value == last and value:  # zeros: 0.0 == -0.0
                return UNCHANGED
            text = "+" + shown(value)
        if text == self._last[1]:
            return UNCHANGED
        self._last = (value if type(value) in _PLAIN or type(value) is str else self, text)
        return text

    def arguments(self, frame: FrameType) -> str:
        """The arguments of a call that has just begun, each `name=value`; SUSPENDS behind those of a coroutine."""
        code, names = frame.f_code, frame.f_locals
        count = code.co_argcount + code.co_kwonlyargcount
        count += bool(code.co_flags & _NAMED_ARGUMENTS) + bool(code.co_flags & _KEYWORD_ARGUMENTS)
        values = ["+%s=%s" % (name, shown(names[name])) for name in code.co_varnames[:count] if name in names]
        if code.co_flags & _COROUTINES:
            self._begun[code] = id(frame)
            values.append(SUSPENDS)
        return SEPARATOR.join(values)

    def result(self, line: int, frame: FrameType) -> str:
        """The value a call is about to return. `line` is that of the `return` statement when it has a value that needs no computing, else 0."""
        names = frame.f_locals
        if frame.f_code.co_flags & _COROUTINES and self._begun.get(frame.f_code) != id(frame):
            return SUSPENDS
        if line:
            code = self._return_at(frame.f_code.co_filename, line)
            return "+None" if code is None else value_text(code, frame.f_globals, names)
        if "__return__" in names:
            return "+" + shown(names["__return__"])
        if frame.f_code.co_flags & _GENERATORS:
            return "-yields"
        return "-not shown: the value of a lambda" if frame.f_code.co_name == "<lambda>" else "+None"

    def _return_at(self, file: str, line: int) -> Any:
        if file not in self._returns:
            self._returns[file] = _simple_returns(file)
        return self._returns[file].get(line)

    @staticmethod
    def exception() -> str:
        """The exception that has just met a handler."""
        error = sys.exc_info()[1]
        return "-" if error is None else "-" + _error_text(error)


def _simple_returns(file: str) -> Dict[int, Any]:
    """Code for the values of `return` statements and lambdas that are names or constants, by line."""
    found: Dict[int, Any] = {}
    try:
        with open(file, "rb") as source:
            pending: List[Any] = [compile(source.read(), file, "exec", 0x400, True)]
    except (OSError, SyntaxError, ValueError, RecursionError):
        return found
    while pending:
        node = pending.pop()
        value = node.value if isinstance(node, _ast.Return) else node.body if isinstance(node, _ast.Lambda) else None
        if isinstance(value, (_ast.Name, _ast.Constant)):
            found[node.lineno] = compile(_ast.Expression(value), file, "eval", 0, True)
        for field in node._fields:
            inner = getattr(node, field, None)
            pending.extend(each for each in (inner if isinstance(inner, list) else [inner]) if isinstance(each, _ast.AST))
    return found
