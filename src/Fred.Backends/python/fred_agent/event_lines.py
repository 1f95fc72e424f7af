"""Which lines of a file have events, and which line a user means who names another one."""

import os
from typing import Dict, List

from .native import Clock
from .probes import LINE, ProbeSpec


class EventLines:
    """The places where the program can stop, of loaded files and of files not imported yet."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._read: Dict[str, List[ProbeSpec]] = {}

    def specs(self, path: str) -> List[ProbeSpec]:
        """The probes of a file; none when it is no Python program."""
        full = os.path.abspath(path)
        if full in self._clock.specs:
            return self._clock.specs[full]
        if full not in self._read:
            from .instrument import instrument
            try:
                with open(full, "rb") as file:
                    self._read[full] = instrument(file.read(), full).specs
            except (OSError, SyntaxError, ValueError, RecursionError):
                self._read[full] = []
        return self._read[full]

    def lines(self, path: str) -> List[int]:
        """The lines where a breakpoint stops, sorted."""
        return sorted({spec.line for spec in self.specs(path) if spec.kinds & LINE})

    def nearest(self, path: str, line: int) -> int:
        """The line with an event for a breakpoint asked for at `line`: itself, the beginning of the statement that goes over
        it, or the next statement. 0: there is none."""
        spans = [(spec.line, spec.end_line) for spec in self.specs(path) if spec.kinds & LINE]
        if any(start == line for start, _ in spans):
            return line
        around = [span for span in spans if span[0] <= line <= span[1]]
        if around:
            return max(around)[0]
        return min((start for start, _ in spans if start > line), default=0)

    def entered_at(self, path: str, line: int) -> int:
        """The line of the first statement of the function that is defined at `line`; `line` itself when none is."""
        name = None
        for spec in self.specs(path):
            if name is None and spec.enters and spec.call_line == line and spec.function != "<module>":
                name = spec.function
            if name == spec.function and spec.call_line == line and spec.kinds & LINE:
                return spec.line
        return line
