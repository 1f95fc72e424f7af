"""What the agent's tests share: the agent on sys.path, a probe without libfred, and the stock trace to compare with."""

import dis
import os
import subprocess
import sys
from types import CodeType, FrameType
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Union

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AGENT_DIR = os.path.join(ROOT, "src", "Fred.Backends", "python")
sys.path.insert(0, AGENT_DIR)

from fred_agent.instrument import instrument  # noqa: E402
from fred_agent.probes import AGAIN, CALL, LINE, RETURN, ProbeSpec, resolve  # noqa: E402


roomy = False  # whether programs are compiled with room for single instructions, see Roomy


class Event(NamedTuple):
    kind: str
    line: int
    function: str


class Roomy:
    """For test classes: the same tests, with room for single instructions."""

    @classmethod
    def setUpClass(cls) -> None:
        global roomy
        roomy = True

    @classmethod
    def tearDownClass(cls) -> None:
        global roomy
        roomy = False


class RecordingProbe:
    """Stands in for libfred's probe: every tick is appended to a list."""

    def __init__(self, spec: ProbeSpec, events: List[Event]) -> None:
        self.spec = spec
        self.events = events

    def _tick(self) -> None:
        spec = self.spec
        for bit, kind, line in ((CALL, "call", spec.call_line), (LINE, "line", spec.line), (RETURN, "return", spec.line)):
            if spec.kinds & bit:
                self.events.append(Event(kind, line, spec.function))

    def __neg__(self) -> bool:
        self._tick()
        return True

    def __invert__(self) -> "RecordingProbe":
        return self

    def _iterate(self, iterator: Iterator[Any]) -> Iterator[Any]:
        for each in iterator:
            yield each
            self._tick()

    def __getitem__(self, value: Any) -> Any:
        if self.spec.kinds & AGAIN:
            return self._iterate(iter(value)) if hasattr(value, "__iter__") else value
        self._tick()
        return value

    def __repr__(self) -> str:
        return "<fred probe>"

    def __reduce__(self) -> Any:
        return int, (0,)


def instrumented(source: Union[bytes, str], filename: str, events: Optional[List[Event]] = None) -> CodeType:
    """Compiles `source` with recording probes."""
    code, specs = instrument(source, filename, roomy)
    sink: List[Event] = [] if events is None else events
    return resolve(code, specs, lambda spec: RecordingProbe(spec, sink))


def quiet_exec(code: CodeType, filename: str) -> Dict[str, Any]:
    """Runs a program's code; an exception that leaves it is part of the program."""
    scope: Dict[str, Any] = {"__name__": "program", "__file__": filename}
    try:
        exec(code, scope)
    except Exception as error:  # noqa: BLE001 - compared by the caller
        scope["__error__"] = repr(error)
    return scope


def probe_events(source: str, filename: str) -> List[Event]:
    """The events of a run with probes."""
    events: List[Event] = []
    quiet_exec(instrumented(source, filename, events), filename)
    return events


def _leaves_normally(frame: FrameType) -> bool:
    """At a return event: whether the frame stands at a return or yield instruction, so that no exception ends it."""
    code, at = frame.f_code.co_code, frame.f_lasti
    near = (at, at - 2) if sys.version_info >= (3, 13) else (at,)  # 3.13 stands behind its yield
    return any(dis.opname[code[each]].startswith(("RETURN", "YIELD")) for each in near if each >= 0)


def stock_events(source: str, filename: str) -> List[Event]:
    """The events sys.settrace sees: what bdb, and so pdb, would be given; unwinding and hidden scopes left out."""
    events: List[Event] = []

    def trace(frame: FrameType, kind: str, arg: Any) -> Optional[Callable[..., Any]]:
        code = frame.f_code
        if code.co_filename != filename:
            return None
        if code.co_name.startswith("<") and code.co_name not in ("<module>", "<lambda>"):
            return None
        unwinding = kind == "return" and arg is None and not _leaves_normally(frame)
        if kind != "exception" and not unwinding and not (kind == "call" and code.co_name == "<module>"):
            events.append(Event(kind, frame.f_lineno, code.co_name))
        return trace

    code = compile(source, filename, "exec", dont_inherit=True)
    previous = sys.gettrace()
    sys.settrace(trace)
    try:
        quiet_exec(code, filename)
    finally:
        sys.settrace(previous)
    return events


class FakeClock:
    """Stands in for fred_agent.native.Clock: probes record, the shadow stack is what a test says."""

    def __init__(self) -> None:
        self.events: List[Event] = []
        self.specs: Dict[str, List[ProbeSpec]] = {}
        self.shadow: List[Any] = []
        self.on_tick: Optional[Callable[[ProbeSpec], None]] = None

    def allow_opcodes(self, _defined: bytes, _stay: int, _skip: int) -> bool:
        return False

    def register(self, path: str, specs: List[ProbeSpec]) -> Callable[[ProbeSpec], Any]:
        self.specs[path] = specs
        clock = self

        class Probe(RecordingProbe):
            def _tick(self) -> None:
                super()._tick()
                if clock.on_tick is not None:
                    clock.on_tick(self.spec)

        return lambda spec: Probe(spec, self.events)

    def registered(self, path: str) -> None:
        pass

    def activations(self, place: int = -1) -> List[Any]:
        return self.shadow

    def threads(self) -> Any:
        from fred_agent.native import ThreadHere
        return [ThreadHere(0, 1, 0)], 1


def libfred() -> Optional[str]:
    """The directory with libfred.so and fred-launcher, built if need be; None when there is no compiler."""
    given = os.environ.get("FRED_NATIVE") or os.path.join(ROOT, "artifacts", "native")
    built = subprocess.run(["make", "-s", "-C", os.path.join(ROOT, "src", "Fred.Backends", "native"), "OUT=" + given], capture_output=True, check=False)
    return given if built.returncode == 0 else None
