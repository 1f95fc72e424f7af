"""The exception that is met where the program stands: about to be raised, met by an `except`, or the one that ended the program.

Nothing records exceptions while the program runs. A `raise` is a statement like any other, whose exception can be worked out in the inspector's
throw-away copy; at an `except` the interpreter itself knows what is being handled, and its traceback says where it came from.
"""

import ast
import sys
from types import FrameType
from typing import Any, Dict, List, NamedTuple, Optional

from . import frames as stack_frames
from .probes import HANDLES, RAISES


class ExceptionView(NamedTuple):
    """`role` is raise, handler or end. `stack` is the exception's own: innermost frame first, for a `raise` the stack here."""

    role: str
    error: Any
    stack: List[stack_frames.StackFrame]

    @classmethod
    def here(
        cls, where: Dict[str, Any], stack: List[stack_frames.StackFrame], ended_by: Optional[BaseException], user_files: Any
    ) -> "Optional[ExceptionView]":
        """`where` is what libfred says of the stop, `ended_by` the exception that ended the program. None: no exception is met here."""
        marks = int(where.get("marks") or 0)
        if ended_by is not None:
            return cls("end", ended_by, _frames_of(ended_by, user_files))
        if marks & RAISES and stack:
            return cls("raise", _about_to_be_raised(stack[0].frame, stack[0].file, stack[0].line), stack)
        handled = sys.exc_info()[1]
        if marks & HANDLES and handled is not None:
            return cls("handler", handled, _frames_of(handled, user_files))
        return None

    def describe(self) -> Dict[str, Any]:
        """The protocol's form."""
        kind = self.error if isinstance(self.error, type) else type(self.error)
        origin = next((entry for entry in self.stack if entry.user), None)
        return {
            "role": self.role,
            "type": kind.__name__,
            "message": "" if isinstance(self.error, type) else _text(self.error),
            "names": [name for each in kind.__mro__ if each is not object for name in (each.__name__, "%s.%s" % (each.__module__, each.__name__))],
            "frames": [entry.describe(index) for index, entry in enumerate(self.stack[:50])],
            "origin": None if origin is None else {"file": origin.file, "line": origin.line},
        }


def _frames_of(error: BaseException, user_files: Any) -> List[stack_frames.StackFrame]:
    return stack_frames.match(stack_frames.traceback_frames(error.__traceback__), [], user_files)


def _about_to_be_raised(frame: FrameType, file: str, line: int) -> Any:
    """What the `raise` on this line will raise: an exception, or its class when it cannot be made here. Evaluating it is done in a copy."""
    try:
        with open(file, "rb") as source:
            tree = ast.parse(source.read())
        node = next(each for each in ast.walk(tree) if isinstance(each, ast.Raise) and each.lineno == line and each.exc is not None)
    except (OSError, SyntaxError, ValueError, RecursionError, StopIteration):
        return Exception
    try:
        value = eval(compile(ast.Expression(node.exc), file, "eval", 0, True), frame.f_globals, frame.f_locals)  # type: ignore[arg-type]
        return value() if isinstance(value, type) and issubclass(value, BaseException) else value
    except BaseException as error:  # noqa: BLE001 - then this is what the statement raises
        return error


def _text(error: Any) -> str:
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 - a broken __str__
        return "<no message: its __str__ fails>"
