"""What a probe is, before libfred makes it: shared by the instrumenter (writes them), the cache and the loader.

A *spec* describes one place in the source where ticks happen. While code is compiled, the place is held by a *marker*,
a string constant that no sane program contains; afterwards `resolve` puts the probe object in the marker's place. Two steps,
because compile() accepts only constants it knows, and because marked code, unlike code with probes, can be marshalled.
"""

from types import CodeType
from typing import Any, Callable, Dict, NamedTuple, Sequence

CALL = 1
LINE = 2
RETURN = 4
RAISES = 8
HANDLES = 16
AGAIN = 32

_MARKER = "\0\udcf5" + "fred:"  # a lone surrogate: not writable as a literal in any source encoding


class ProbeSpec(NamedTuple):
    """One probe. Lines are 1-based; `kinds` is a mask of CALL, LINE and RETURN, and its number of bits is the weight in ticks. Three more
    bits say something about the line event and count nothing: RAISES, it is a `raise` with an exception; HANDLES, it is the first
    `except` clause that an exception meets; AGAIN, it is the header of a `for` loop at a further iteration: such a probe, subscripted
    with an iterable, makes an iterator that ticks before each step but the first.

    `line` and `end_line` are the statement's first line and the last line of its header; `call_line` is the code object's
    co_firstlineno (for a resumed generator, the line it goes on at); `enters` says that an activation begins here.
    """

    line: int
    end_line: int
    call_line: int
    function: str
    kinds: int
    enters: bool
    qualified: str = ""  # the function with the classes and functions it is in: "Cart.add"; empty where that is its name only


def marker(index: int) -> str:
    """Returns the constant that stands for probe number `index` of a file. Unique, so that the compiler merges no two."""
    return _MARKER + str(index)


def resolve(
    code: CodeType, specs: Sequence[ProbeSpec], make_probe: Callable[[ProbeSpec], Any], finish: Callable[[CodeType], CodeType] = lambda code: code
) -> CodeType:
    """Replaces the markers in `code`, and in all code inside it, by what `make_probe` returns: once for each spec that is used. `finish` sees each code object
    that is the result.

    The compiler copies `finally` blocks and loop tests; the copies share their probe.
    """
    made: Dict[int, Any] = {}

    def constant(value: Any) -> Any:
        if type(value) is str and value.startswith(_MARKER):
            index = int(value[len(_MARKER):])
            if index not in made:
                made[index] = make_probe(specs[index])
            return made[index]
        if type(value) is CodeType:
            return replaced(value)
        return value

    def replaced(inner: CodeType) -> CodeType:
        return finish(inner.replace(co_consts=tuple(map(constant, inner.co_consts))))

    return replaced(code)
