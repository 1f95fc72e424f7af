"""The only door to libfred. The calls and their meaning are documented in native/fred.h.

libfred is in the process before Python starts (LD_PRELOAD), so its symbols are found in the global namespace; tests load it by path.
All calls keep the GIL (PyDLL): libfred forks and stops inside them.
"""

import ctypes
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

from .probes import ProbeSpec

MAX_ACTIVATIONS = 1 << 16
MAX_THREADS = 250
_USUAL_ACTIVATIONS = 128
END_EXIT = 0
END_EXCEPTION = 1


class Activation(NamedTuple):
    """One entry of libfred's shadow stack: a call in progress, at the depth and from the tick at which it began."""

    depth: int
    entry: int
    file: str
    spec: ProbeSpec


class ThreadHere(NamedTuple):
    """A thread that is alive: its place in libfred's table, the number the user knows it by, what Python calls its ident (0 when there is only one)."""

    place: int
    number: int
    ident: int


class Clock:
    """libfred, typed. Remembers what each probe stands for, in the order of their ids."""

    def __init__(self, path: Optional[str] = None) -> None:
        """Binds the library at `path`, or the one already in the process. OSError or AttributeError: there is none."""
        library = ctypes.PyDLL(path)
        self._file = library.fred_file
        self._file.argtypes = [ctypes.c_char_p]
        self._probe = library.fred_probe
        self._probe.argtypes = [ctypes.c_int] * 4 + [ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
        self._probe.restype = ctypes.py_object
        self._opcodes = library.fred_opcodes
        self._opcodes.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
        self._learn = library.fred_learn
        self._learn.argtypes = [ctypes.c_void_p]
        self._learn.restype = None
        self._learned = library.fred_learned
        self._shorten = library.fred_shorten
        self._shorten.argtypes = [ctypes.py_object, ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
        self._file_done = library.fred_file_done
        self._calibrate = library.fred_calibrate
        self._calibrate_done = library.fred_calibrate_done
        self._active = library.fred_active
        self._start = library.fred_start
        self._start.argtypes = [ctypes.py_object]
        self._start.restype = None
        self._end = library.fred_end
        self._end.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p]
        self._end.restype = None
        self._answered = library.fred_answered
        self._answered.restype = None
        self._activations = library.fred_activations
        self._threads = library.fred_threads
        self._written = library.fred_written
        self._written.restype = ctypes.c_longlong
        self._ask = library.fred_ask
        self._ask.argtypes = [ctypes.c_char_p]
        self._go_back = library.fred_go_back
        self._go_back.argtypes = [ctypes.c_char_p]
        self._go_back.restype = None
        self._tick = library.fred_tick
        self._tick.restype = ctypes.c_longlong
        self._made: List[Tuple[str, ProbeSpec]] = []
        self.specs: Dict[str, List[ProbeSpec]] = {}

    def register(self, path: str, specs: List[ProbeSpec]) -> Callable[[ProbeSpec], Any]:
        """Announces a file; returns what makes its probes. Call `registered` when all of them exist."""
        file = self._file(_bytes(path))
        self.specs[path] = specs
        made, probe = self._made, self._probe

        def make(spec: ProbeSpec) -> Any:
            made.append((path, spec))
            return probe(file, spec.line, spec.end_line, spec.call_line, _bytes(spec.qualified or spec.function), spec.kinds, spec.enters)

        return make

    def place(self, path: str, spec: ProbeSpec) -> Any:
        """One more probe in a file, for an event that is no statement's."""
        self._made.append((path, spec))
        return self._probe(self._file(_bytes(path)), spec.line, spec.end_line, spec.call_line, _bytes(spec.function), spec.kinds, spec.enters)

    def ask(self, request: str) -> bool:
        """Has the controller do something at the next event. False: it cannot be asked."""
        return bool(self._ask(_bytes(request)))

    def go_back(self, request: str) -> None:
        """Gives this process up for an earlier state of the program. Returns only without a session."""
        self._go_back(_bytes(request))

    def registered(self, path: str) -> None:
        """Lets libfred arm the breakpoints that waited for the file."""
        self._file_done(self._file(_bytes(path)))

    def allow_opcodes(self, defined: bytes, stay: int, skip: int) -> bool:
        """Gives opcodes of the interpreter to ticks; see fred.h. False: this interpreter cannot."""
        return bool(self._opcodes(defined, stay, skip))

    def learn(self, unit: int) -> None:
        """The instruction at this address is executed next, and is one to learn from; see fred.h."""
        self._learn(unit)

    def learned(self, last: bool) -> bool:
        """Whether what was learned so far has one explanation. `last`: it is used from now on."""
        return bool(self._learned(last))

    def shorten(self, probe: Any, units: int, before: int, count: int) -> bool:
        """Makes a probe one instruction; `units` is the address of its first code unit. See fred.h."""
        return bool(self._shorten(probe, units, before, count))

    def calibrate(self) -> bool:
        """Finds CPython's recursion counter. False: this Python keeps it somewhere unknown, depths are not available."""
        def deeper(level: int) -> None:
            self._calibrate(level)
            if level < 3:
                deeper(level + 1)

        deeper(0)
        return bool(self._calibrate_done())

    @property
    def active(self) -> bool:
        """Whether a session drives this process."""
        return bool(self._active())

    def start(self, callback: Callable[[str, int, str], Union[str, int, None]]) -> None:
        """The entry stop. Returns when the program is to run."""
        self._start(callback)

    def end(self, kind: int, status: int, detail: str) -> None:
        """The last tick. Returns when the process is to go on and leave."""
        self._end(kind, status, _bytes(detail))

    def answered(self) -> None:
        """An inspector has given its first answer."""
        self._answered()

    def tick(self) -> int:
        return int(self._tick())

    def written(self, stream: int) -> int:
        """Bytes the program has written so far to its standard output (1) or standard error (2)."""
        return int(self._written(stream))

    def threads(self) -> Tuple[List[ThreadHere], int]:
        """The threads alive, by number, and the number of the one that stopped."""
        room = MAX_THREADS
        places, numbers, idents, current = (ctypes.c_int * room)(), (ctypes.c_int * room)(), (ctypes.c_ulonglong * room)(), ctypes.c_int()
        count = self._threads(places, numbers, idents, room, ctypes.byref(current))
        return [ThreadHere(places[i], numbers[i], idents[i]) for i in range(count)], current.value

    def activations(self, place: int = -1) -> List[Activation]:
        """The shadow stack of a thread (the one that stopped, without a place), outermost first. Entries of suspended generators may be missing, and stale ones present; at the program's end also deeper ones."""
        room = _USUAL_ACTIVATIONS  # all that are possible would be a megabyte to clear, at every stop
        while True:
            depths, entries, probes = (ctypes.c_int * room)(), (ctypes.c_longlong * room)(), (ctypes.c_int * room)()
            count = self._activations(place, depths, entries, probes, room)
            if count < room or room >= MAX_ACTIVATIONS:
                return [Activation(depths[i], entries[i], *self._made[probes[i]]) for i in range(count)]
            room *= 8


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape").replace(b"\0", b"?")
