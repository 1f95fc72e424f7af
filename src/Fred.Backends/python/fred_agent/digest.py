"""A digest of everything the user's code can reach: equal in a replica and in another one at the same tick, unless one of them was changed.

Nothing of the program's code runs, and iterators are not moved. Addresses are not part of it: a replica that evaluated something allocates elsewhere.
"""

import sys
from types import FrameType, FunctionType, GeneratorType, CoroutineType, MethodType, ModuleType
from typing import Any, Dict, List, Optional

import _imp

from .frames import is_user, program_frames
from .values import attributes_of

_MOST = 100_000  # objects: about half a second
_SIMPLE = (int, float, complex, bool, str, bytes, type(None))
_ORDERED = (list, tuple)
_SETS = (set, frozenset)


def digest(frame: Optional[FrameType], user_files: Any) -> str:
    """Digests the user's modules and the frames on the stack. `frame`: any one inside the innermost of them."""
    roots: List[Any] = []
    for each in program_frames(frame):
        if is_user(each.f_code, user_files):
            roots.append(dict(each.f_locals))
    for module in list(sys.modules.values()):
        if module is not None and (getattr(module, "__file__", None) in user_files or getattr(module, "__name__", "") == "__main__"):
            roots.append(vars(module))
    shared = sys.modules.get("random")
    if shared is not None:
        roots.append(getattr(shared, "_inst", None))
    return _Walk(user_files).run(roots)


class _Walk:
    """Breadth first, so that what is left out of a very large heap is what is furthest from the program's variables."""

    def __init__(self, user_files: Any) -> None:
        self._user_files = user_files
        self._numbers: Dict[int, int] = {}
        self._keep: List[Any] = []  # an object that dies would give its id away
        self._pending: List[Any] = []
        self._parts: List[str] = []

    def run(self, roots: List[Any]) -> str:
        for each in roots:
            self._refer(each)
        next_one = 0
        while next_one < len(self._pending) and next_one < _MOST:
            self._describe(self._pending[next_one])
            next_one += 1
        return _imp.source_hash(0, "\n".join(self._parts).encode("utf-8", "backslashreplace")).hex()

    def _refer(self, value: Any) -> None:
        kind = type(value)
        if kind in _SIMPLE:
            self._parts.append(repr(value) if not isinstance(value, (int, str, bytes)) or _short(value) else "%s %d" % (kind.__name__, hash(value)))
            return
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._numbers)
            self._keep.append(value)
            self._pending.append(value)
        self._parts.append("#%d" % number)

    def _describe(self, value: Any) -> None:
        kind = type(value)
        self._parts.append("%s.%s" % (kind.__module__, type.__getattribute__(kind, "__name__")))
        if isinstance(value, dict):
            self._parts.append(str(dict.__len__(value)))
            for key, item in dict.items(value):
                if not (isinstance(key, str) and key.startswith("__") and key != "__return__"):
                    self._refer(key)
                    self._refer(item)
        elif isinstance(value, _ORDERED) or (kind.__module__, kind.__name__) == ("collections", "deque"):
            self._parts.append(str(len(value)))
            for item in list(value):
                self._refer(item)
        elif isinstance(value, _SETS):
            self._parts.append("%d %s" % (len(value), sorted(map(repr, (each for each in value if type(each) in _SIMPLE)))))
        elif isinstance(value, bytearray):
            self._parts.append(repr(bytes(value)))
        elif isinstance(value, (GeneratorType, CoroutineType)):
            self._suspended(value)
        elif isinstance(value, FunctionType):
            self._function(value)
        elif isinstance(value, MethodType):
            self._refer(value.__self__)
        elif not isinstance(value, ModuleType):
            self._other(value, kind)
            return
        if kind not in (dict, list, tuple, set, frozenset, bytearray, GeneratorType, CoroutineType, MethodType, ModuleType):
            self._attributes(value)

    def _attributes(self, value: Any) -> None:
        for child in attributes_of(value):
            self._parts.append(child.name)
            self._refer(child.value)

    def _suspended(self, value: Any) -> None:
        frame = getattr(value, "gi_frame", None) or getattr(value, "cr_frame", None)
        self._parts.append("ended" if frame is None else "%d" % frame.f_lasti)
        if frame is not None and frame.f_lasti >= 0:
            self._refer(dict(frame.f_locals))

    def _function(self, value: Any) -> None:
        self._parts.append(value.__qualname__)
        for each in (value.__defaults__, value.__kwdefaults__):
            self._refer(each)
        for cell in value.__closure__ or ():
            try:
                self._refer(cell.cell_contents)
            except ValueError:
                self._parts.append("empty")

    def _other(self, value: Any, kind: Any) -> None:
        """Instances; iterators of the interpreter's and random generators say where they are."""
        if isinstance(value, type):
            if value.__module__ == "__main__" or getattr(sys.modules.get(value.__module__), "__file__", None) in self._user_files:
                self._attributes(value)
            return
        if kind.__module__ in ("builtins", "itertools") and hasattr(kind, "__next__"):
            try:
                self._refer(_state_of(kind, value))
            except Exception:  # noqa: BLE001 - those that cannot be copied
                self._parts.append("?")
            return
        if any(each.__module__ == "_random" for each in kind.__mro__):
            self._refer(kind.__mro__[-2].getstate(value))
        self._attributes(value)


def _state_of(kind: Any, value: Any) -> Any:
    if hasattr(kind, "__length_hint__"):
        return kind.__length_hint__(value)
    return kind.__reduce__(value)[1:]


def _short(value: Any) -> bool:
    return value.bit_length() < 4096 if isinstance(value, int) else len(value) < 4096
