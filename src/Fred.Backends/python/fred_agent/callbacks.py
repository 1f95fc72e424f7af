"""What libfred may ask Python to do. One callable, `callback(op, number, text)`; see native/fred.h.

Only `inspector` runs in a throw-away fork. The others run in the program itself, at a tick, and are repeated at the same tick by
every replay: they must do exactly the same there, so they look at nothing but the program's state and their arguments, and
import nothing.
"""

import ctypes
import dis
import io
import os
import sys
from types import CodeType, FrameType
from typing import Any, Callable, Dict, Optional, Tuple, Union

from .digest import digest
from .frames import is_of, is_user, match, program_frames
from .native import Clock
from .observer import SEPARATOR, Observer, compiled
from .threads import frames_of

_OPTIMIZED = 1  # co_flags of functions, whose variables are not in a dict
THREAD_UNIT = 1 << 20
"""A frame of another thread is its index plus this times the thread's number."""
BAD, GOOD, NOT_EVALUABLE = 0, 1, 2


class Callbacks:
    """The callable given to libfred."""

    def __init__(self, clock: Clock, inspect: Callable[[Optional[FrameType], int, str], None]) -> None:
        """`inspect` serves an inspector connection and does not return."""
        self._clock = clock
        self._inspect = inspect
        self._conditions: Dict[str, Optional[CodeType]] = {}
        self._watch: Optional[CodeType] = None
        self._scope: str = ""
        self._scope_frame: Tuple[Any, Any] = ({}, None)
        self._moving: Optional[Callable[[FrameType], Optional[Tuple[Any, Any]]]] = None  # for scopes whose names change with time
        self._observer = Observer()
        self._paths: Dict[str, str] = {}

    def __call__(self, op: str, number: int, text: str) -> Union[str, int, None]:
        if op == "truth":  # first: it is asked for at every tick of a scan
            return self._truth(text)
        if op == "value":
            return self._value(text)
        if op == "look":
            return self._observer.look(number, sys._getframe(1))
        if op == "arguments":
            return self._observer.arguments(sys._getframe(1))
        if op == "result":
            return self._observer.result(number, sys._getframe(1))
        if op == "exception":
            return self._observer.exception()
        if op == "caller":
            return self._caller(sys._getframe(1))
        if op == "condition":
            return self._condition(text, sys._getframe(1))
        if op == "prepare":
            return self._observer.prepare(number, text)
        if op == "digest":
            return digest(sys._getframe(1), self._clock.specs)
        if op == "exec":
            thread, number = divmod(number, THREAD_UNIT)
            frames = program_frames(frames_of(self._clock, thread, sys._getframe(1)))
            if not 0 <= number < len(frames):
                return "error\n*** The program has no such frame here: it has ended, or not begun.\n"
            return run_statement(frames[number], text)
        if op == "watch":
            return self._compile_watch(text)
        if op == "inspector":
            self._inspect(_caller(), number, text)
        return None

    def _condition(self, text: str, frame: FrameType) -> int:
        """1 holds, 0 does not, -1 cannot be evaluated (pdb then stops)."""
        if text not in self._conditions:
            try:
                self._conditions[text] = compile(text.strip(), "<condition>", "eval", 0, True)
            except (SyntaxError, ValueError):
                self._conditions[text] = None
        code = self._conditions[text]
        try:
            return -1 if code is None else 1 if eval(code, frame.f_globals, frame.f_locals) else 0
        except Exception:  # noqa: BLE001 - whatever the program raises
            return -1

    def _compile_watch(self, text: str) -> str:
        """Returns "", "?" when evaluating it may change the program, or why the expression is none, after a "!"."""
        self._scope = ""
        try:
            self._watch, pure = compiled(text)
        except (SyntaxError, ValueError) as error:
            return "!%s: %s" % (type(error).__name__, error)
        return "" if pure else "?"

    def _truth(self, scope: str) -> int:
        try:
            found = self._names(scope, sys._getframe(2))
            return NOT_EVALUABLE if found is None else GOOD if eval(self._watch, *found) else BAD  # type: ignore[arg-type]
        except Exception:  # noqa: BLE001
            return NOT_EVALUABLE

    def _value(self, scope: str) -> Union[str, int]:
        """The watched expression's text, 0 when it is what it was when asked last, 2 when the scope is not there."""
        found = self._names(scope, sys._getframe(2))
        return NOT_EVALUABLE if found is None else self._observer.change(self._watch, *found)

    def _names(self, scope: str, innermost: Optional[FrameType]) -> Optional[Tuple[Any, Any]]:
        """Globals and locals of a scope; None when it is not there."""
        if scope != self._scope and not self._bind(scope):
            return None
        if self._moving is not None:
            return self._moving(innermost)  # type: ignore[arg-type]
        names, frame = self._scope_frame
        if frame is None:
            return names, names
        # The shadow stack keeps a finished call until another one enters at its depth.
        return (names, frame.f_locals) if _is_on_stack(frame, innermost) or self._runs_elsewhere(frame) else None

    def _runs_elsewhere(self, frame: FrameType) -> bool:
        """Whether another thread is in this frame."""
        return len(self._clock.threads()[0]) > 1 and any(_is_on_stack(frame, each) for each in sys._current_frames().values())

    def _bind(self, scope: str) -> bool:
        """Finds the names of a scope. A frame is looked for once: its entry tick makes the text unique."""
        kind, _, name = scope.partition(":")
        self._moving = None
        if kind in ("function", "output"):
            self._moving = (lambda running: self._innermost(name, running)) if kind == "function" else (lambda _: ({"written": self._clock.written(int(name))}, {}))
            self._scope = scope
            return True
        if scope.startswith("module:"):
            module = sys.modules.get(scope[len("module:"):])
            if module is None:
                return False
            self._scope_frame = (module.__dict__, None)
        else:
            frame = self._find(scope)
            if frame is None:
                return False
            self._scope_frame = (frame.f_globals, frame)
        self._scope = scope
        return True

    def _innermost(self, function: str, running: Optional[FrameType]) -> Optional[Tuple[Any, Any]]:
        """Globals and locals of the innermost call of a function of the user's."""
        while running is not None:
            if is_of(running.f_code, function, self._clock.specs) and is_user(running.f_code, self._clock.specs):
                return running.f_globals, running.f_locals
            running = running.f_back
        return None

    def _caller(self, returning: FrameType) -> str:
        """Line, file and function of the statement that goes on when `returning` has returned; empty when that is none of the user's."""
        frame = returning.f_back
        while frame is not None and not is_user(frame.f_code, self._clock.specs):
            frame = frame.f_back
        if frame is None:
            return ""
        name = frame.f_code.co_filename
        if name not in self._paths:
            self._paths[name] = os.path.abspath(name)
        return SEPARATOR.join((str(frame.f_lineno), self._paths[name], frame.f_code.co_name))

    def _find(self, scope: str) -> Optional[FrameType]:
        threads, current = self._clock.threads()
        elsewhere = sys._current_frames() if len(threads) > 1 else {}
        for thread in threads:
            innermost = sys._getframe(1) if thread.number == current else elsewhere.get(thread.ident)
            frames = [(each, each.f_lineno) for each in program_frames(innermost)]
            for entry in match(frames, self._clock.activations(thread.place), self._clock.specs):
                if entry.is_activation(scope):
                    return entry.frame
        return None


def _caller() -> Optional[FrameType]:
    """The frame that called libfred; None in a thread that has left its last one."""
    try:
        return sys._getframe(2)
    except ValueError:
        return None


def _is_on_stack(frame: FrameType, innermost: Optional[FrameType]) -> bool:
    running = innermost
    while running is not None and running is not frame:
        running = running.f_back
    return running is frame


def run_statement(frame: FrameType, source: str) -> str:
    """Runs a statement in a frame of the program, as pdb does. Returns "ok" or "error", a newline, and what it printed."""
    output = io.StringIO()
    stdout, displayhook = sys.stdout, sys.displayhook
    outcome = "ok"
    sys.stdout = output
    sys.displayhook = lambda value: print(repr(value)) if value is not None else None
    try:
        code = compile(source + "\n", "<stdin>", "single", 0, True)
        run_in_frame(code, frame)
    except BaseException as error:  # noqa: BLE001 - shown to the user, as pdb does
        outcome = "error"
        output.write("*** %s\n" % ("%s: %s" % (type(error).__name__, error) if str(error) else type(error).__name__))
    finally:
        sys.stdout, sys.displayhook = stdout, displayhook
    return "%s\n%s" % (outcome, output.getvalue())


def run_in_frame(code: CodeType, frame: FrameType) -> None:
    """Executes code with a frame's names; assignments and deletions reach the frame's own variables."""
    names = frame.f_locals
    deletes = any(each.opname == "DELETE_NAME" for each in dis.get_instructions(code))
    if sys.version_info >= (3, 13):
        if deletes and names is not frame.f_globals and frame.f_code.co_flags & _OPTIMIZED:
            raise NameError("Python 3.13 cannot delete a function's variables from outside; assign None instead")
        exec(code, frame.f_globals, names)
        return
    try:
        exec(code, frame.f_globals, names)
    finally:
        if names is not frame.f_globals:  # up to 3.12 f_locals is a copy; 1: what is not in it any more is unbound
            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(int(deletes)))
