"""pdb's breakpoint commands, for breakpoints that the session owns and that must lie on lines with events."""

import bdb
import pdb
import sys
from typing import Any, List

from .event_lines import EventLines
from .frames import StackFrame


class BreakpointCommands(pdb.Pdb):
    """The part of the shell that concerns breakpoints. pdb's own code runs on tables filled by breakpoint_table."""

    _lines: EventLines
    _names_function: bool
    _frames: List[StackFrame]

    def do_break(self, arg: str, temporary: int = 0) -> None:
        target = arg.split(",")[0].rpartition(":")[2].strip()
        self._names_function = bool(target) and not target.isdigit()
        super().do_break(arg, temporary)

    do_break.__doc__ = pdb.Pdb.do_break.__doc__
    do_b = do_break

    def defaultFile(self) -> str:
        if self.curframe is None:
            return self.canonic(getattr(sys.modules["__main__"], "__file__", None) or "")
        return str(super().defaultFile())

    def checkline(self, filename: str, lineno: int, *rest: Any) -> int:
        """pdb's check, and then the line that has an event: for a function, its first statement's."""
        frame = self.curframe
        if frame is None:
            del self.curframe  # 3.9 asks only whether there is one
        try:
            line = super().checkline(filename, lineno, *rest)
        finally:
            self.curframe = frame
        if not line:
            return 0
        found = self._lines.nearest(filename, line)
        if found and self._names_function:
            found = self._lines.entered_at(filename, found)
        if not found:
            self.error("There is no statement of yours at or after line %d of %s" % (line, filename))
        return found

    def do_commands(self, arg: str) -> None:
        """commands [bpnumber]
        The lines that follow, up to `end`, are run when the breakpoint is reached."""
        rows = [each for each in bdb.Breakpoint.bpbynumber if each]
        try:
            number = self.get_bpbynumber(arg or (rows[-1].number if rows else "")).number
        except ValueError as error:
            self.error("cannot set commands: %s" % error)
            return
        self.commands_bnum = number
        self.commands[number] = []
        self.commands_doprompt[number] = True
        self.commands_silent[number] = False
        self.commands_defining = True

    def commands_here(self) -> List[str]:
        """The commands of the breakpoints at the innermost frame's line."""
        innermost = self._frames[0]
        reached = [each for each in self.get_breaks(innermost.file, innermost.line) if each.enabled]
        return [line for each in reached for line in self.commands.get(each.number, [])]
