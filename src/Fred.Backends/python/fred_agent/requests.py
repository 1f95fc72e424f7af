"""What a program asks of its own session, on behalf of the module `fred`: the only part of the agent that the program calls.

A checkpoint must lie between two events, but the program asks for it inside a call. So the call makes an event of its own: a probe that stands for the caller's
statement, made when that statement asks for the first time.
"""

from types import FrameType
from typing import Any, Dict, Optional, Tuple

from .native import Clock
from .probes import LINE, ProbeSpec


class Requests:
    """The session, as far as a program may ask it for something."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.looking = False
        """Whether this process is a copy that was made to look at the program: it asks for nothing."""
        self._places: Dict[Tuple[str, int, str], Any] = {}

    @property
    def active(self) -> bool:
        """Whether a session drives this process, or the one that this is a copy of: not so in the program's own children."""
        return self._clock.active or self.looking

    def ask_here(self, request: str, frame: FrameType) -> bool:
        """Has the session do something at an event inside this call. `frame`: whose statement it belongs to. False: the session cannot be asked so much at once."""
        code = frame.f_code
        key = (code.co_filename, frame.f_lineno, code.co_name)
        if key not in self._places:
            self._places[key] = self._clock.place(code.co_filename, ProbeSpec(frame.f_lineno, frame.f_lineno, code.co_firstlineno, code.co_name, LINE, False))
        place = self._places[key]
        if not self._clock.ask(request):
            return False
        -place  # the event
        return True

    def ask(self, request: str) -> bool:
        """Has the session do something at the next event."""
        return self._clock.ask(request)

    def go_back(self, request: str) -> None:
        """Gives this process up for an earlier state."""
        self._clock.go_back(request)


_current: Optional[Requests] = None


def provide(clock: Clock) -> None:
    """Lets the program ask, from now on."""
    global _current
    _current = Requests(clock)


def only_look() -> None:
    """This process has become a copy to look at."""
    if _current is not None:
        _current.looking = True


def current() -> Optional[Requests]:
    """The session; None when none drives this process."""
    return _current if _current is not None and _current.active else None
