"""The prompt's commands for threads: `info threads`, `thread`, `thread N`, `thread apply`. They are gdb's, as pdb has none."""

import pdb
import re
from typing import List

from .frames import StackFrame
from .threads import Threads, ThreadView


_COMMAND = re.compile(r"(info(\s+\w+)?|thread(\s+\w+)?|thread\s+apply\b.*)$")
_APPLY = re.compile(r"apply\s+(all|\d+(?:\s+\d+)*)\s+(\S.*)")
_LOOKING = ("where", "w", "bt", "p", "pp", "args", "a", "list", "l", "longlist", "ll", "whatis")


class ThreadCommands(pdb.Pdb):
    """Looking at threads other than the one that stopped. The selection lasts until the program moves."""

    _threads: Threads
    _frames: List[StackFrame]
    _thread: int

    def select_thread(self, number: int) -> bool:
        """Makes a thread's stack the one that commands look at. False: there is no such thread here."""
        view = self._threads.find(number)
        if view is None:
            return False
        self._thread = 0 if view.current else view.number
        self._frames = view.stack
        if view.stack:
            self.setup(view.stack[0].frame, None)
        return True

    def _depth_elsewhere(self) -> int:
        """The call depth of the selected thread, which is not the one that stopped."""
        return next((entry.activation.depth for entry in self._frames if entry.activation is not None), 0)

    @staticmethod
    def names_threads(line: str) -> bool:
        """Whether a line is one of these commands, and not an expression with a variable called `thread` or `info`."""
        return _COMMAND.match(line.strip()) is not None

    def _list_threads(self) -> None:
        """Number, name, and where each one is. The selected one is marked with *."""
        selected = self._thread or self._threads.current
        for view in self._threads.views:
            self.message("%s %-3d %-20s %s" % ("*" if view.number == selected else " ", view.number, view.name, _place(view)))

    def do_info(self, arg: str) -> None:
        """info threads
        List the threads of the program: number, name, and where each one is. The selected one is marked with *."""
        if arg.strip() == "threads":
            self._list_threads()
        else:
            self.error("info knows one word here: info threads")

    def do_thread(self, arg: str) -> None:
        """thread [number]
        Select another thread: where, up, down, p and steps in both directions then refer to it. Without a number, say which one is selected.
        thread apply all|numbers command
        Carry out where, p, args, list and the like in each of them."""
        word = arg.strip()
        if word.split(None, 1)[:1] == ["apply"]:
            self._apply(word)
            return
        if word and (not word.isdigit() or not self.select_thread(int(word))):
            self.error("there is no thread %s here; `info threads` lists them" % word)
            return
        view = self._threads.find(self._thread)
        if view is not None:
            self.message("[thread %d, %s] %s" % (view.number, view.name, _place(view)))

    def _apply(self, text: str) -> None:
        match = _APPLY.match(text)
        if match is None:
            self.error("thread apply: give `all` or numbers of threads, then a command: thread apply all where")
            return
        command = match.group(2)
        if self.parseline(command)[0] not in _LOOKING:
            self.error("thread apply is for commands that only look: %s" % ", ".join(_LOOKING))
            return
        numbers = [view.number for view in self._threads.views] if match.group(1) == "all" else [int(word) for word in match.group(1).split()]
        unknown = [number for number in numbers if self._threads.find(number) is None]
        if unknown:
            self.error("there is no thread %d here; `info threads` lists them" % unknown[0])
            return
        selected, index = self._thread, self.curindex
        for number in numbers:
            self.select_thread(number)
            self.message("\nThread %d (%s):" % (number, self._threads.find(number).name))
            if self._frames:
                self.onecmd(command)
        self.select_thread(selected)
        if self._frames:
            self._select(index)


def _place(view: ThreadView) -> str:
    place = next((entry for entry in view.stack if entry.user), view.stack[0] if view.stack else None)
    if place is None:
        return "(no Python frame)"
    return "%s(%d)%s()" % (place.file, place.line, place.frame.f_code.co_name)
