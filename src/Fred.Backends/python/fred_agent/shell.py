"""The standard pdb, at one stop of a timeline.

What is hard: pdb believes that it runs the program, and that it lives as long as the program. Here it lives in a throw-away fork for
a few commands. So everything it remembers (aliases, displays, breakpoints, the selected frame) travels as text, `state`, from one inspector
to the next, and whatever would make the program move or change is not done but returned as an `action` for the session to do.
"""

import bdb
import io
import json
import linecache
import pdb
import sys
from types import FrameType, TracebackType
from typing import Any, Dict, List, Optional, Tuple

from .breakpoint_table import load_table, rows_of, table_rows
from .event_lines import EventLines
from .frames import StackFrame
from .native import Clock
from .protocol import EVERY_DEPTH
from .shell_breakpoints import BreakpointCommands
from .shell_displays import DisplayCommands
from .shell_threads import ThreadCommands
from .statements import is_complete, only_looks, returned_name
from .threads import Threads

_IMPOSSIBLE = {
    "interact": "there is no terminal in here. Give the statements at this prompt.",
    "debug": "it would run code outside the timeline. Set a breakpoint inside and call the function at this prompt.",
    "jump": "skipping statements would leave the recorded timeline. Change variables at this prompt instead: that begins a branch.",
}
_FRAMELESS = frozenset(
    "step s continue c cont quit q exit EOF run restart help h alias unalias "
    "break b tbreak clear cl enable disable ignore condition commands thread info".split())

pdb.input = lambda _prompt="": "yes"  # type: ignore[attr-defined] # `clear` asks whether to clear all: there is nobody to ask in here


class Shell(BreakpointCommands, DisplayCommands, ThreadCommands):
    """pdb's commands over the frames of one stop."""

    def __init__(self, clock: Clock, stack: List[StackFrame], where: Dict[str, Any], exception: Optional[BaseException], threads: Optional[Threads] = None) -> None:
        self._output = io.StringIO()
        saved = sys.modules.get("readline")
        sys.modules["readline"] = None  # type: ignore[assignment] # pdb must not set up the program's terminal
        try:
            super().__init__(stdin=io.StringIO(), stdout=self._output, nosigint=True, readrc=False)
        finally:
            if saved is None:
                del sys.modules["readline"]
            else:
                sys.modules["readline"] = saved
        self._frames = stack
        self._threads = threads or Threads(clock, stack)
        self._thread = 0  # the selected one; 0 is the one that stopped
        self._where = where
        self._exception = exception
        self._lines = EventLines(clock)
        self._action: Optional[Dict[str, Any]] = None
        self._displays: List[Dict[str, str]] = []
        self._more = ""
        self._ready = False
        self._names_function = False

    # -- the two questions -------------------------------------------------------------------------------------------------

    def command(self, line: str, state: str) -> Dict[str, Any]:
        """Runs a line. Returns output, new state, action, the breakpoint table if it changed, the selected frame, and the prompt for
        a further line of an unfinished statement or command list (null otherwise)."""
        before = self._open(state)
        self._run_lines(line)
        return self._close(before)

    def display(self, state: str) -> Dict[str, Any]:
        """What pdb does by itself at a stop: commands of the breakpoints here, then changed displays."""
        before = self._open(state)
        if self.stack:
            if self._where.get("reason") == "breakpoint":
                for command in self.commands_here():
                    if self._action is None:
                        self._run_lines(command)
            self._show_changed_displays()
        return self._close(before)

    def _open(self, state: str) -> List[Dict[str, Any]]:
        values = json.loads(state) if state else {}
        self._output.seek(0)
        self._output.truncate()
        self._action = None
        self.cmdqueue = []
        load_table(self, values)
        self.aliases = dict(values.get("aliases", {}))
        self._displays = list(values.get("displays", []))
        self._more = values.get("more", "")
        self.commands_defining = bool(values.get("defining"))
        self.commands_bnum = values.get("defining") or None
        if not self._ready:
            self._begin()
            self._ready = True
        wanted = values.get("thread", 0) if values.get("tick") == self._where.get("tick") else 0
        if wanted != self._thread:
            self.select_thread(wanted)
        if values.get("tick") == self._where.get("tick") and self.stack and 0 <= values.get("selected", -1) < len(self.stack):
            self._select(len(self.stack) - 1 - values["selected"])
            self.lineno = values.get("listed")
        return table_rows()

    def _begin(self) -> None:
        if not self._frames:
            self.forget()
            return
        self.setup(self._frames[0].frame, None)
        if self._exception is not None:
            self._set_exception()

    def _set_exception(self) -> None:
        """For pdb's `>>` marks, its `exceptions` (3.13) and $_exception."""
        self.tb_lineno.update((entry.frame, entry.line) for entry in self._frames)
        chain = getattr(self, "_get_tb_and_exceptions", None)
        if chain is not None:
            self._chained_exceptions = chain(self._exception)[0]
            self._chained_exception_index = len(self._chained_exceptions) - 1
        if hasattr(self, "set_convenience_variable"):
            self.set_convenience_variable(self.curframe, "_exception", self._exception)

    def _close(self, before: List[Dict[str, Any]]) -> Dict[str, Any]:
        after = table_rows()
        selected = len(self.stack) - 1 - self.curindex if self.stack else 0
        values = {
            "breakpoints": after, **rows_of(self), "aliases": self.aliases, "displays": self._displays, "more": self._more,
            "defining": self.commands_bnum if self.commands_defining else None, "tick": self._where.get("tick"), "selected": selected,
            "listed": self.lineno, "thread": self._thread,
        }
        shows = self._displays or self.commands or self.commands_defining or self._more
        prompt = "(com) " if self.commands_defining else "...   " if self._more else None
        return {
            "output": self._output.getvalue(), "state": json.dumps(values), "action": self._action,
            "quiet": None if shows else json.dumps({**values, "tick": None}),
            "breakpoints": after if after != before else None, "frame": selected, "thread": self._thread, "prompt": prompt,
        }

    # -- running lines -----------------------------------------------------------------------------------------------------

    def _run_lines(self, line: str) -> None:
        """Runs a line and what aliases and `;;` make of it, until one makes the program move."""
        streams = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = self._output
        self.cmdqueue = [line]
        try:
            while self.cmdqueue and self._action is None:
                self._run_line(self.cmdqueue.pop(0))
        finally:
            sys.stdout, sys.stderr = streams

    def _run_line(self, line: str) -> None:
        if self.commands_defining:
            if self.handle_command_def(line):
                self.commands_defining = False
        elif self._more:
            source, self._more = self._more + "\n" + line, ""
            self._statement(source)
        elif not self.stack and line.strip() and not self._runs_without_frame(line):
            self.error("The program has no frame here: it has ended, or not begun. Go back in time, or step.")
        elif self._action is None and self.parseline(line)[0] in ("thread", "info") and not self.names_threads(line):
            self._statement(line)
        elif self._action is None:
            try:
                self.onecmd(self.precmd(line) if line.strip() else "")
            except pdb.Restart:
                self._action = {"kind": "restart"}
            except bdb.BdbQuit:
                self._action = {"kind": "quit"}

    def _runs_without_frame(self, line: str) -> bool:
        """Before the first statement and after the last: stepping steps, and commands that look at no frame work."""
        word = self.parseline(line)[0] or ""
        if word in ("next", "n", "until", "unt", "return", "r"):
            self.set_step()
            return True
        return word in _FRAMELESS

    def emptyline(self) -> bool:
        """An empty line repeats the last command in a terminal; the front end does that, it knows what the last command was."""
        return False

    def default(self, line: str) -> None:
        """A statement."""
        self._statement(line[1:].strip() if line[:1] == "!" else line)

    def _statement(self, source: str) -> None:
        if not source.strip():
            return
        if not is_complete(source):
            self._more = source
        elif only_looks(source, self.curframe.f_globals, self.curframe_locals):
            self._look(source)
        else:
            self._action = {"kind": "mutate", "source": source, "frame": len(self.stack) - 1 - self.curindex, "thread": self._thread}

    def _look(self, source: str) -> None:
        saved = sys.displayhook
        sys.displayhook = self.displayhook
        try:
            exec(compile(source + "\n", "<stdin>", "single", 0, True), self.curframe.f_globals, self.curframe_locals)
        except BaseException as error:  # noqa: BLE001 - shown as pdb shows it
            text = str(error)
            self.error("%s: %s" % (type(error).__name__, text) if text else type(error).__name__)
        finally:
            sys.displayhook = saved

    # -- the stack ---------------------------------------------------------------------------------------------------------

    def get_stack(self, _frame: Optional[FrameType], _traceback: Optional[TracebackType]) -> Tuple[List[Tuple[FrameType, int]], int]:
        stack = [(entry.frame, entry.line) for entry in reversed(self._frames)]
        return stack, len(stack) - 1

    def _select(self, number: int) -> None:
        self.curindex = number
        self.curframe = self.stack[number][0]
        self.curframe_locals = self.curframe.f_locals
        self.lineno = None

    # -- moving: actions ---------------------------------------------------------------------------------------------------

    def _run(self, depth: int, line: int = 0, only_return: bool = False) -> None:
        self._action = {"kind": "run", "depth": depth, "line": line, "ret": only_return, "thread": self._thread or self._threads.current}

    def _depth_of(self, frame: FrameType) -> Tuple[int, bool]:
        """The depth of a frame, and whether it is exactly that. A library frame has no ticks of its own: the nearest user call inside
        it must then be left."""
        inner = int(self._where.get("depth") or 0) if not self._thread else self._depth_elsewhere()
        for index, entry in enumerate(self._frames):
            if index == 0 and entry.frame is frame:
                return inner, True
            if entry.activation is not None:
                inner = entry.activation.depth
            if entry.frame is frame:
                return inner, entry.activation is not None
        return inner, True

    def set_step(self) -> None:
        self._run(EVERY_DEPTH)

    def set_next(self, frame: FrameType) -> None:
        depth, exact = self._depth_of(frame)
        self._run(depth if exact else depth - 1)

    def set_return(self, frame: FrameType) -> None:
        depth, exact = self._depth_of(frame)
        self._run(depth if exact else depth - 1, only_return=exact)

    def set_until(self, frame: FrameType, lineno: Optional[int] = None) -> None:
        depth, exact = self._depth_of(frame)
        current = self.stack[self.curindex][1]
        self._run(depth if exact else depth - 1, current + 1 if lineno is None else lineno)

    def set_continue(self) -> None:
        self._action = {"kind": "continue"}

    def set_quit(self) -> None:
        self._action = {"kind": "quit"}

    def do_continue(self, arg: str) -> int:
        """c(ont(inue))
        Continue execution, only stop when a breakpoint is encountered."""
        self.set_continue()
        return 1

    do_c = do_cont = do_continue

    def do_run(self, arg: str) -> int:
        """run
        Restart the program from its beginning."""
        if arg:
            self.error("other arguments need another session: start fred again with them")
        else:
            self._action = {"kind": "restart"}
        return 1

    do_restart = do_run

    def _refuse(self, name: str) -> None:
        self.error("%s is not possible under fred: %s" % (name, _IMPOSSIBLE[name]))

    def do_interact(self, arg: str) -> None:
        self._refuse("interact")

    def do_debug(self, arg: str) -> None:
        self._refuse("debug")

    def do_jump(self, arg: str) -> None:
        self._refuse("jump")

    do_j = do_jump

    def do_retval(self, arg: str) -> None:
        """retval
        Print the value that the function is about to return."""
        if "__return__" not in self.curframe_locals and self.curindex == len(self.stack) - 1 and self._where.get("kind") == "return":
            filename, line = self._frames[0].file, self._frames[0].line
            kept, value = returned_name(linecache.getline(filename, line))
            if kept:
                self.message(self._value_text(value))
                return
        super().do_retval(arg)

    do_rv = do_retval
