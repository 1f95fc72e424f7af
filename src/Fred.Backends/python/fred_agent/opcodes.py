"""Makes probes single instructions of the interpreter, where it allows that (native/opcode.c says how and why).

From Python 3.11 on: there the interpreter executes a copy of a code object's instructions, and `co_code` shows another. Before, a changed instruction would be
seen by the program.
"""

import sys
from types import CodeType
from typing import Any, Dict

from .native import Clock

_MOST_UNITS = 250
_LESSONS = 4


class Opcodes:
    """Finds the probes in new code objects. `available` False: there is nothing to be made shorter, and the instrumenter need not make room."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: Dict[int, CodeType] = {}
        self.available = sys.version_info >= (3, 11) and sys.implementation.name == "cpython" and self._prepare()

    def _prepare(self) -> bool:
        from opcode import opmap
        real = {name: number for name, number in opmap.items() if number < 256}
        try:
            self._load, self._extended, self._pop = real["LOAD_CONST"], real["EXTENDED_ARG"], real["POP_TOP"]
            self._twice = bytes((real["UNARY_NEGATIVE"], 0, real["UNARY_NEGATIVE"], 0))
            stay, skip = real["NOP"], real["JUMP_FORWARD"]
        except KeyError:
            return False
        self._bool = real.get("TO_BOOL", -1)  # 3.13: with three cache units
        self._jumps = {real[name] for name in ("POP_JUMP_FORWARD_IF_FALSE", "POP_JUMP_IF_FALSE") if name in real}
        self._jump_units = 2 if sys.version_info >= (3, 13) else 1
        self._header = int(CodeType.__basicsize__)
        plain = {number for name, number in real.items() if not name.startswith("INSTRUMENTED_")}  # those (3.12 on) take the place of others
        defined = bytes(number in plain for number in range(256))
        if not self._clock.allow_opcodes(defined, stay, skip):
            return False
        for count in range(1, _LESSONS + 1):
            code = compile("pass\n" * (count + 1), "<fred>", "exec")
            unit = code.co_code.rfind(bytes((stay, 0)))
            if unit < 0 or unit % 2:
                break
            self._clock.learn(id(code) + self._header + unit)
            exec(code, {})
            self._clock.learned(count == _LESSONS)
        return True

    def shorten(self, code: CodeType) -> CodeType:
        """Changes the probes of a code object that has not been executed. Returns it."""
        if not self.available:
            return code
        plain = code.co_code  # from now on the code object keeps this copy, and shows it to whoever asks
        at = plain.find(self._twice)
        while at >= 0:
            if at % 2 == 0 and self._one(code, plain, at):
                self._kept[id(code)] = code
            at = plain.find(self._twice, at + 2)
        return code

    def _one(self, code: CodeType, plain: bytes, at: int) -> bool:
        start, index = at - 2, plain[at - 1]
        if start < 0 or plain[start] != self._load:
            return False
        shift = 8
        while start >= 2 and plain[start - 2] == self._extended:
            start -= 2
            index |= plain[start + 1] << shift
            shift += 8
        end = self._end(plain, at + 4)
        count = (end - start) // 2
        if not end or count > _MOST_UNITS or index >= len(code.co_consts):
            return False
        probe: Any = code.co_consts[index]
        return type(probe).__name__ == "Probe" and self._clock.shorten(probe, id(code) + self._header + start, (at - start) // 2, count)

    def _end(self, plain: bytes, at: int) -> int:
        """Where the instructions end that take a true value away without consequences; 0: these are others."""
        if plain[at] == self._pop:
            return at + 2
        if plain[at] == self._bool:
            at += 8
        while plain[at] == self._extended:
            at += 2
        return at + 2 * self._jump_units if plain[at] in self._jumps else 0
