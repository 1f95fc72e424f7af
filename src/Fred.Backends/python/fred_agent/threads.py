"""The program's threads at one stop: names, frames and stacks of all of them, not only of the one that stopped.

What is hard: three views must be matched. libfred knows numbers, Python's interpreter knows frames by ident, and the program's `threading` module knows names.
A thread that has just been started or is about to end may be missing from the second and third; it is listed all the same.
"""

import sys
from types import FrameType
from typing import Any, Dict, List, NamedTuple, Optional

from . import frames as stack_frames
from .native import Clock

MAIN = 1
"""The number of the program's first thread."""


class ThreadView(NamedTuple):
    """One thread. `stack` is innermost first; empty when it runs no Python code of the program."""

    number: int
    name: str
    current: bool
    daemon: bool
    stack: List[stack_frames.StackFrame]

    def describe(self) -> Dict[str, Any]:
        """The protocol's form, with the innermost frame of the user's code (else the innermost one)."""
        place = next((entry for entry in self.stack if entry.user), self.stack[0] if self.stack else None)
        frame = None if place is None else place.describe(self.stack.index(place))
        return {"number": self.number, "name": self.name, "current": self.current, "daemon": self.daemon, "frame": frame, "total": len(self.stack)}


class Threads:
    """All threads at a stop."""

    def __init__(self, clock: Clock, stack_here: List[stack_frames.StackFrame]) -> None:
        """`stack_here`: that of the thread that stopped."""
        self._clock = clock
        alive, self.current = clock.threads()
        frames = sys._current_frames() if len(alive) > 1 else {}
        known = _threading_objects()
        self.views: List[ThreadView] = []
        for thread in alive:
            object_ = known.get(thread.ident)
            here = thread.number == self.current
            stack = stack_here if here else self._stack(frames.get(thread.ident), thread.place)
            self.views.append(ThreadView(thread.number, _name(object_, thread.number), here, bool(getattr(object_, "_daemonic", False)), stack))

    def find(self, number: int) -> Optional[ThreadView]:
        """The thread with this number; 0 is the one that stopped. None: it is not alive here."""
        return next((view for view in self.views if view.number == (number or self.current)), None)

    def _stack(self, innermost: Optional[FrameType], place: int) -> List[stack_frames.StackFrame]:
        raw = [(each, each.f_lineno) for each in stack_frames.program_frames(innermost)]
        return stack_frames.match(raw, self._clock.activations(place), self._clock.specs)


def frames_of(clock: Clock, number: int, frame_here: Optional[FrameType]) -> Optional[FrameType]:
    """The innermost frame of a thread by its number (0: the one that runs, whose innermost frame is `frame_here`)."""
    alive, current = clock.threads()
    if number in (0, current):
        return frame_here
    ident = next((thread.ident for thread in alive if thread.number == number), None)
    return None if ident is None else sys._current_frames().get(ident)


def _threading_objects() -> Dict[int, Any]:
    """The program's Thread objects by ident. Read without its locks: nobody else runs."""
    threading = sys.modules.get("threading")
    active = getattr(threading, "_active", None)
    return dict(active) if isinstance(active, dict) else {}


def _name(object_: Any, number: int) -> str:
    name = getattr(object_, "_name", None)
    if isinstance(name, str):
        return name
    return "MainThread" if number == MAIN else "thread %d" % number
