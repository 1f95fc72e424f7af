"""The program's stack as the user sees it: without the agent's frames, innermost first, each with its identity over time.

What is hard: a frame object says nothing about when its call began, and libfred's shadow stack says nothing about frame objects. They
are matched from the innermost outward by code. The shadow stack may have stale entries (a call that returned, where nothing was
entered since at its depth) and lacks coroutines resumed below an await; frames without partner have no activation.
"""

import _imp
import os
from types import CodeType, FrameType, TracebackType
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .imports import AGENT_DIRECTORY, FRED_DIRECTORY
from .native import Activation
from .probes import CALL

_RUNNER = os.path.join(AGENT_DIRECTORY, "runner.py")
_OWN = (AGENT_DIRECTORY, FRED_DIRECTORY)
_SIMPLE = (int, float, complex, str, bytes, bool, type(None))
_COROUTINES = 0x80 | 0x200  # co_flags
_HIDDEN_SCOPES = ("<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>")


class StackFrame(NamedTuple):
    """One frame. `position` is its index in the shadow stack (outermost 0), -1 when it has no activation."""

    frame: FrameType
    line: int
    user: bool
    position: int
    activation: Optional[Activation]

    @property
    def file(self) -> str:
        name = self.frame.f_code.co_filename
        return name if name.startswith("<") else os.path.abspath(name)

    @property
    def identity(self) -> Optional[str]:
        """The text form: `module:<name>` or `frame:<index>:<entry tick>:<depth>`."""
        if self.activation is None:
            return None
        if self.frame.f_code.co_name == "<module>":
            return "module:%s" % self.frame.f_globals.get("__name__", "__main__")
        return "frame:%d:%d:%d" % (self.position, self.activation.entry, self.activation.depth)

    def is_activation(self, identity: str) -> bool:
        """Whether it is the activation of this text form, whatever its index in the stack is by now."""
        return self.identity is not None and _lasting(self.identity) == _lasting(identity)

    def describe(self, index: int, user_files: Any = None) -> Dict[str, Any]:
        """The protocol's form."""
        code = self.frame.f_code
        return {
            "index": index, "file": self.file, "line": self.line, "function": code.co_name, "user": self.user, "activation": self.identity,
            "depth": self.activation.depth if self.activation is not None else None,
            "qualified": qualified_name(code, user_files or {}) if self.user else code.co_name,
        }


def _lasting(identity: str) -> str:
    return identity.split(":", 2)[2] if identity.startswith("frame:") else identity


def program_frames(innermost: Optional[FrameType]) -> List[FrameType]:
    """The frames of the program, innermost first: those inside the runner's, without other frames of the agent and of the module fred."""
    frames: List[FrameType] = []
    frame = innermost
    while frame is not None and frame.f_code.co_filename != _RUNNER:
        if not frame.f_code.co_filename.startswith(_OWN):
            frames.append(frame)
        frame = frame.f_back
    return frames


def is_user(code: CodeType, user_files: Any) -> bool:
    return code.co_filename in user_files or os.path.abspath(code.co_filename) in user_files


def is_of(code: CodeType, name: str, user_files: Any) -> bool:
    """Whether code is that of a function a user calls `name`: its own name, or the end of its qualified one (Cart.add)."""
    if "." not in name:
        return code.co_name == name
    return code.co_name == name.rpartition(".")[2] and ends_qualified(qualified_name(code, user_files), name)


def ends_qualified(qualified: str, name: str) -> bool:
    return qualified == name or qualified.endswith("." + name)


def qualified_name(code: CodeType, user_files: Any) -> str:
    """The name with those of the classes and functions around it: Cart.add."""
    if hasattr(code, "co_qualname"):
        return str(code.co_qualname).replace("<locals>.", "")
    for spec in user_files.get(os.path.abspath(code.co_filename), ()):
        if spec.call_line == code.co_firstlineno and spec.function == code.co_name:
            return str(spec.qualified or spec.function)
    return code.co_name


def match(frames: List[Tuple[FrameType, int]], activations: List[Activation], user_files: Any) -> List[StackFrame]:
    """Gives each frame its activation. `frames` and the result are innermost first, `activations` outermost first."""
    result: List[StackFrame] = []
    above = len(activations)
    for frame, line in frames:
        code = frame.f_code
        user = is_user(code, user_files)
        position = -1
        if user and code.co_name not in _HIDDEN_SCOPES:
            for candidate in range(above - 1, -1, -1):
                if _same_code(code, activations[candidate]):
                    position = above = candidate
                    break
        result.append(StackFrame(frame, line, user, position, activations[position] if position >= 0 else None))
    return result


def match_raised(frames: List[Tuple[FrameType, int]], activations: List[Activation], user_files: Any) -> List[StackFrame]:
    """The same for the frames of a traceback. They have been left, so that the shadow stack also has entries deeper than they were: it is matched from the outermost inward,
    by code and by depth, which grows by one at least from frame to frame. A coroutine may have raised long ago: other calls of it have had its place since."""
    result: List[StackFrame] = []
    above, base = -1, None
    for index, (frame, line) in enumerate(reversed(frames)):
        code = frame.f_code
        user = is_user(code, user_files)
        position = -1
        if user and code.co_name not in _HIDDEN_SCOPES and not code.co_flags & _COROUTINES:
            for candidate in range(above + 1, len(activations)):
                depth = activations[candidate].depth - index
                if (base is None or depth >= base) and _same_code(code, activations[candidate]):
                    position = above = candidate
                    base = depth if base is None else base
                    break
        result.append(StackFrame(frame, line, user, position, activations[position] if position >= 0 else None))
    return result[::-1]


def _same_code(code: CodeType, activation: Activation) -> bool:
    spec = activation.spec
    if spec.function != code.co_name or activation.file != os.path.abspath(code.co_filename):
        return False
    if spec.call_line == code.co_firstlineno or code.co_name == "<module>":
        return True
    resumed = spec.kinds == CALL and spec.line == spec.call_line  # a generator that goes on at its yield
    return resumed and spec.line in lines_of(code)


def lines_of(code: CodeType) -> List[int]:
    """The lines that have code of this very code object."""
    if hasattr(code, "co_lines"):
        return [line for _, _, line in code.co_lines() if line]
    from dis import findlinestarts
    return [line for _, line in findlinestarts(code)]


def traceback_frames(traceback: Optional[TracebackType]) -> List[Tuple[FrameType, int]]:
    """The frames of an exception's traceback, innermost (where it was raised) first, without the agent's."""
    frames: List[Tuple[FrameType, int]] = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(_OWN):
            frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames[::-1]


def fingerprint(stack: List[StackFrame]) -> str:
    """A digest of the frames and of the simple values in the user's innermost ones: equal for equal states of one recording."""
    parts: List[str] = []
    for entry in stack[:20]:
        code = entry.frame.f_code
        parts.append("%s:%s:%d" % (code.co_filename, code.co_name, entry.line))
        if entry.user:
            names = sorted(entry.frame.f_locals.items(), key=lambda item: str(item[0]))[:200]
            parts.extend("%s=%r" % (name, value) for name, value in names if type(value) in _SIMPLE and _is_short(value))
    return _imp.source_hash(0, "\n".join(parts).encode("utf-8", "backslashreplace")).hex()


def _is_short(value: Any) -> bool:
    return value.bit_length() < 4096 if type(value) is int else not isinstance(value, (str, bytes)) or len(value) < 4096
