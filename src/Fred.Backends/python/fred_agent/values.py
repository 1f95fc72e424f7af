"""Shows values of the program: bounded texts, and children a page at a time.

The program's own code is run as little as possible (no properties, no descriptors but slots), and what must run (a `__repr__`) may
be broken or endless: it gets a budget of steps and can only spoil its own text.
"""

import reprlib
import sys
from types import GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

MAX_TEXT = 4096
"""Longest text of a value, in characters."""
_STEPS = 200_000  # events of sys.settrace that one __repr__ may cause: some tenths of a second


class TooSlow(BaseException):
    """A `__repr__` used up its steps. A BaseException, so that the program's `except Exception` does not hide it."""


def with_budget(call: Callable[[Any], str], value: Any) -> str:
    """Calls, and gives up after some hundred thousand traced events. Counted, not timed: the same everywhere."""
    left = [_STEPS]

    def trace(_frame: Any, _event: str, _arg: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise TooSlow
        return trace

    previous = sys.gettrace()
    sys.settrace(trace)
    try:
        return call(value)
    finally:
        sys.settrace(previous)


class _Bounded(reprlib.Repr):
    """repr() that looks at a limited number of elements; equal to repr() for values that are small."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 6
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdeque = self.maxarray = self.maxdict = 200
        self.maxstring = self.maxlong = self.maxother = MAX_TEXT

    def repr_instance(self, x: Any, level: int) -> str:
        try:
            return with_budget(repr, x)
        except TooSlow:
            return "<%s: __repr__ does not end>" % _type_name(x)
        except BaseException as error:  # noqa: BLE001 - whatever the program raises
            return "<%s: __repr__ raised %s>" % (_type_name(x), type(error).__name__)

    def repr_dict(self, x: Any, level: int) -> str:
        if not x or level <= 0:
            return "{...}" if x else "{}"
        parts = ["%s: %s" % (self.repr1(key, level - 1), self.repr1(value, level - 1)) for key, value in _first(x.items(), self.maxdict)]
        return "{%s}" % ", ".join(parts + ["..."] * (len(x) > self.maxdict))

    def repr_int(self, x: int, level: int) -> str:
        return repr(x) if x.bit_length() < 8000 else "<int of %d bits>" % x.bit_length()

    def repr_str(self, x: str, level: int) -> str:
        return repr(x if len(x) <= self.maxstring else x[: self.maxstring] + "...")

    def repr_bytes(self, x: bytes, level: int) -> str:
        return repr(x) if len(x) <= self.maxstring else repr(x[: self.maxstring]) + "..."

    def repr_bytearray(self, x: bytearray, level: int) -> str:
        return "bytearray(%s)" % self.repr_bytes(bytes(x[: self.maxstring + 1]), level)


_REPR = _Bounded()
_OWN_REPR = (int, str, bytes, bytearray, list, tuple, dict, set, frozenset)


def text_of(value: Any) -> str:
    """A value's repr, at most MAX_TEXT characters, whatever the value does."""
    kind = type(value)
    if kind in _OWN_REPR:
        try:
            text = _REPR.repr(value)
        except BaseException as error:  # noqa: BLE001
            text = "<%s: cannot be shown: %s>" % (kind.__name__, type(error).__name__)
    else:
        text = _REPR.repr_instance(value, 1)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 3] + "..."


def _type_name(value: Any) -> str:
    return str(type.__getattribute__(type(value), "__name__"))


def type_text(value: Any) -> str:
    """The type's name, qualified unless it is builtin."""
    kind = type(value)
    module = getattr(kind, "__module__", "builtins")
    return kind.__qualname__ if module in ("builtins", "__main__") else "%s.%s" % (module, kind.__qualname__)


class Child(NamedTuple):
    """One child of a value; `suffix` is appended to the parent's expression to evaluate it, None when there is no such expression."""

    name: str
    value: Any
    suffix: Optional[str]


class Children(NamedTuple):
    """How many children there are, and functions that list a slice of them."""

    indexed: int
    named: int
    list_indexed: Callable[[int, int], List[Child]]
    list_named: Callable[[int, int], List[Child]]


def _first(items: Any, count: int) -> Iterator[Any]:
    for number, item in enumerate(items):
        if number >= count:
            return
        yield item


def _no_children(_start: int, _end: int) -> List[Child]:
    return []


_ATOMS = (type(None), bool, int, float, complex, str, bytes, bytearray, type(Ellipsis), type(NotImplemented))


def children_of(value: Any) -> Children:
    """The structure of a value, without running its code."""
    if isinstance(value, _ATOMS):
        return Children(0, 0, _no_children, _no_children)
    named = attributes_of(value)

    def list_named(start: int, end: int) -> List[Child]:
        return named[start:end]

    if isinstance(value, dict):
        return _mapping(value, named)
    if isinstance(value, tuple) and hasattr(type(value), "_fields"):
        named = [Child(name, tuple.__getitem__(value, i), "." + name) for i, name in enumerate(type(value)._fields)] + named
        return Children(0, len(named), _no_children, list_named)
    if isinstance(value, (list, tuple, range)) or _is_deque(value):
        size = len(value)
        return Children(size, len(named), lambda start, end: [Child("[%d]" % i, value[i], "[%d]" % i) for i in range(start, min(end, size))], list_named)
    if isinstance(value, (set, frozenset)):
        return Children(len(value), len(named), lambda start, end: _slice_of_set(value, start, end), list_named)
    if _is_array(value):
        return _array(value, named)
    return Children(0, len(named), _no_children, list_named)


def _slice_of_set(value: Any, start: int, end: int) -> List[Child]:
    return [Child("{%d}" % number, item, None) for number, item in enumerate(_first(value, end)) if number >= start]


def _mapping(value: Dict[Any, Any], named: List[Child]) -> Children:
    def listed(start: int, end: int) -> List[Child]:
        items = [
            Child(text_of(key), item, "[%r]" % (key,) if isinstance(key, _ATOMS) else None)
            for number, (key, item) in enumerate(_first(dict.items(value), end))
            if number >= start
        ]
        size = len(value)
        return items + named[max(0, start - size): max(0, end - size)]

    return Children(0, len(value) + len(named), _no_children, listed)


def _is_deque(value: Any) -> bool:
    return type(value).__module__ == "collections" and _type_name(value) == "deque"


def _is_array(value: Any) -> bool:
    return type(value).__module__ == "numpy" and _type_name(value) == "ndarray"


def _array(value: Any, named: List[Child]) -> Children:
    facts = [Child(name, getattr(value, name), "." + name) for name in ("shape", "dtype", "size")] + named
    size = len(value) if value.ndim else 0
    return Children(
        size, len(facts), lambda start, end: [Child("[%d]" % i, value[i], "[%d]" % i) for i in range(start, min(end, size))], lambda start, end: facts[start:end])


def attributes_of(value: Any) -> List[Child]:
    """Instance attributes: the dict's and the slots'. Properties and other computed attributes are not evaluated."""
    found: Dict[str, Any] = {}
    try:
        own = object.__getattribute__(value, "__dict__") if not isinstance(value, type) else dict(type.__getattribute__(value, "__dict__"))
    except (AttributeError, TypeError):
        own = {}
    if isinstance(own, dict):
        found.update((name, item) for name, item in own.items() if isinstance(name, str))
    if not isinstance(value, (type, ModuleType)):
        found.update(_slots(value))
    if isinstance(value, (type, ModuleType)):
        found = {name: item for name, item in found.items() if not (name.startswith("__") and name.endswith("__"))}
    if isinstance(value, BaseException):
        found = dict([("args", value.args), ("__cause__", value.__cause__), ("__context__", value.__context__)], **found)
    return [Child(name, item, "." + name if name.isidentifier() else None) for name, item in found.items()]


def _slots(value: Any) -> Iterator[Tuple[str, Any]]:
    for kind in type(value).__mro__:
        if kind.__module__ == "builtins":
            continue
        for name, descriptor in list(kind.__dict__.items()):
            if type(descriptor) is MemberDescriptorType and not isinstance(descriptor, GetSetDescriptorType):
                try:
                    yield name, descriptor.__get__(value)
                except AttributeError:
                    continue
