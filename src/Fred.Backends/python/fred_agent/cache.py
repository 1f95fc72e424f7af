"""Instrumented code on disk, one file per source file: a second start of a program parses nothing.

An entry is valid for one path, size and modification time of the source, one Python build and one version of the instrumenter.
A cache that cannot be read or written, or holds rubbish, is as good as none: every failure here is silent. FRED_CACHE=0 switches it off.
"""

import _imp
import marshal
import os
import sys
from typing import Any, Optional, Tuple

from . import AGENT_VERSION
from .probes import ProbeSpec

_INSTRUMENTER = [os.path.join(os.path.dirname(os.path.abspath(__file__)), each) for each in ("instrument.py", "tree.py", "probes.py")]


class CodeCache:
    """The cache directory. Entries are written beside their final name and renamed, so that readers see all or nothing."""

    def __init__(self, directory: Optional[str]) -> None:
        """`directory` None: nothing is ever found or stored."""
        self._directory = directory
        self._build: Tuple[Any, ...] = ()
        self.roomy = False  # whether the instrumenter makes room for single instructions

    @classmethod
    def of_user(cls) -> "CodeCache":
        """The user's cache directory, unless the environment forbids it."""
        if os.environ.get("FRED_CACHE") == "0":
            return cls(None)
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        return cls(os.path.join(base, "fred", "python") if os.path.isabs(base) else None)

    def load(self, path: str, stat: os.stat_result) -> Optional[Tuple[Any, Any]]:
        """Returns the marked code and its specs, or None."""
        if self._directory is None:
            return None
        try:
            with open(self._entry(path), "rb") as file:
                key, specs, code = marshal.loads(file.read())
            if key == self._key(path, stat):
                return code, [ProbeSpec(*each) for each in specs]
        except (OSError, ValueError, EOFError, TypeError):
            pass
        return None

    def store(self, path: str, stat: os.stat_result, code: Any, specs: Any) -> None:
        """Keeps marked code for the next start."""
        if self._directory is None:
            return
        entry = self._entry(path)
        temporary = "%s.%d" % (entry, os.getpid())
        try:
            data = marshal.dumps((self._key(path, stat), [tuple(each) for each in specs], code))
            os.makedirs(self._directory, 0o700, exist_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with open(descriptor, "wb") as file:
                    file.write(data)
                os.rename(temporary, entry)
            except OSError:
                os.unlink(temporary)
        except (OSError, ValueError):
            pass

    def _entry(self, path: str) -> str:
        name = _imp.source_hash(0x66726564, path.encode("utf-8", "surrogateescape"))  # 0x66726564: "fred"
        return os.path.join(self._directory or "", "%s.%s-%d" % (name.hex(), sys.implementation.cache_tag, sys.flags.optimize))

    def _key(self, path: str, stat: os.stat_result) -> Tuple[Any, ...]:
        if not self._build:
            self._build = (AGENT_VERSION, sys.version, sys.flags.optimize) + tuple(os.stat(each).st_mtime_ns for each in _INSTRUMENTER)
        return self._build + (self.roomy, path, stat.st_mtime_ns, stat.st_size)
