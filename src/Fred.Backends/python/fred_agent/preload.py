"""Loads, before the program begins, what the agent needs later, and hides it again.

Inspectors are forks that live for milliseconds: importing pdb in each of them would be most of their work. But the program must not
find modules in sys.modules that plain Python would not have put there: a `code.py` of the user's has to win against the library's.
So the agent keeps its copies to itself, and a program that imports the same library module gets its own.
"""

import sys
from types import ModuleType
from typing import Dict, FrozenSet, Iterable

_KEPT = frozenset(("__main__", "ctypes", "_ctypes", "struct", "_struct") + sys.builtin_module_names)
"""No second copy of these: they own state inside the interpreter (atexit of 3.9), or no file of the user's can stand for them."""
_NEEDED = ("gc", "io", "json", "pdb", "traceback", "runpy", "rlcompleter", "keyword", "fnmatch")


class PrivateModules:
    """The agent's own copies of library modules."""

    def __init__(self, before: Iterable[str]) -> None:
        """`before`: the names in sys.modules when Python started."""
        self._before: FrozenSet[str] = frozenset(before)
        self._hidden: Dict[str, ModuleType] = {}

    def load(self) -> None:
        """Imports everything the agent uses at a stop. readline is kept out: importing it would set up the terminal."""
        readline = sys.modules.get("readline")
        sys.modules["readline"] = None  # type: ignore[assignment]
        try:
            for name in _NEEDED:
                __import__(name)
            from . import inspector, instrument  # noqa: F401 - for its imports
        finally:
            if readline is None:
                del sys.modules["readline"]
            else:
                sys.modules["readline"] = readline

    def hide(self) -> None:
        """Takes them out of sys.modules."""
        for name in list(sys.modules):
            if name not in self._before and name not in _KEPT and name.partition(".")[0] not in ("fred_agent", "ctypes"):
                self._hidden[name] = sys.modules.pop(name)

    def show(self) -> None:
        """Puts back what the program has not imported itself: in an inspector, so that imports inside pdb's functions are cheap."""
        for name, module in self._hidden.items():
            sys.modules.setdefault(name, module)
