"""Brings probes into every module that is the user's, at the moment it is imported.

"User code" is what is neither in the standard library nor in site-packages, plus what `--trace-library` names. The hook is one
method, SourceFileLoader.get_code, so finders, namespace packages, reloads and `python -m` work as they do. Loaders that compile in
their own way (assertion rewriting, type checkers) are left alone: their modules run without ticks. Code from exec and eval
strings has no probes either: it is part of the statement that runs it.
"""

import os
import sys
from types import CodeType
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import _frozen_importlib_external as importlib_external

from .cache import CodeCache
from .native import Clock
from .opcodes import Opcodes
from .probes import resolve

AGENT_DIRECTORY = os.path.dirname(os.path.abspath(__file__)) + os.sep
FRED_DIRECTORY = os.path.join(os.path.dirname(AGENT_DIRECTORY[:-1]), "fred") + os.sep
_SITE_DIRECTORIES = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)
_LOADER = importlib_external.SourceFileLoader


class OwnModule:
    """Finds the module `fred`, which programs may import. Asked last: a `fred` of the user's wins."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        if name != "fred" or path is not None:
            return None
        return importlib_external.spec_from_file_location(name, FRED_DIRECTORY + "__init__.py", submodule_search_locations=[FRED_DIRECTORY[:-1]])


class UserCode:
    """Decides which files are the user's, and compiles them with probes."""

    def __init__(self, clock: Clock, cache: CodeCache, patterns: Sequence[str] = ()) -> None:
        """`patterns`: library modules to be treated as the user's, matched (fnmatch) with module name and path."""
        self._clock = clock
        self._cache = cache
        self._opcodes = Opcodes(clock)
        cache.roomy = self._opcodes.available
        self._patterns = list(patterns)
        stdlib = os.path.dirname(os.__file__) + os.sep
        self._library = (stdlib, os.path.realpath(stdlib) + os.sep, AGENT_DIRECTORY, FRED_DIRECTORY)
        self.main_path: Optional[str] = None
        self._plain_get_code: Callable[[Any, str], CodeType] = _LOADER.get_code

    def is_user(self, path: str, module: str = "") -> bool:
        """Whether a source file is debugged. The main program always is."""
        if path.startswith("<"):
            return False
        if path == self.main_path:
            return True
        full = os.path.abspath(path)
        if not full.startswith(self._library) and not any(each in full for each in _SITE_DIRECTORIES):
            return True
        return bool(self._patterns) and self._asked_for(full, module) and not full.startswith(self._library[2:])

    def _asked_for(self, path: str, module: str) -> bool:
        from fnmatch import fnmatchcase
        return any(fnmatchcase(path, each) or (module and fnmatchcase(module, each)) for each in self._patterns)

    def load(self, path: str, source: Optional[bytes] = None) -> CodeType:
        """Compiles a file with probes, or takes it from the cache. `path` becomes co_filename.

        Raises OSError and what compile() raises.
        """
        full = os.path.abspath(path)
        stat = os.stat(path)
        found = self._cache.load(full, stat)
        if found is None or found[0].co_filename != path:
            from .instrument import instrument  # only now: with a warm cache it is never needed
            if source is None:
                with open(path, "rb") as file:
                    source = file.read()
            found = instrument(source, path, self._opcodes.available)
            self._cache.store(full, stat, *found)
        code, specs = found
        resolved = resolve(code, specs, self._clock.register(full, specs), self._opcodes.shorten)
        self._clock.registered(full)
        return resolved

    def install(self) -> None:
        """Puts the hook in place, for the rest of the process."""
        plain, user = self._plain_get_code, self

        def get_code(loader: Any, name: str) -> CodeType:
            path = loader.get_filename(name)
            kind = type(loader)
            ours = kind.source_to_code is _LOADER.source_to_code and kind.get_data is _LOADER.get_data
            if ours and user.is_user(path, name):
                try:
                    return user.load(path)
                except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
                    pass  # importlib's own way to load it raises what the program expects, or can do what we cannot
            return plain(loader, name)

        # Tracebacks of failed imports leave out importlib's frames, by file name: this one is such a frame.
        get_code.__code__ = get_code.__code__.replace(co_filename="<frozen importlib._bootstrap_external>")
        _LOADER.get_code = get_code

    def adopt_loaded_modules(self) -> None:
        """Gives probes to the functions of modules that were imported before the hook and are asked for by pattern."""
        if not self._patterns:
            return
        wanted: Dict[str, Any] = {}
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None)
            if path and path.endswith(".py") and self._asked_for(path, name) and not path.startswith(AGENT_DIRECTORY):
                wanted[path] = module
        if wanted:
            self._swap({path: _functions_in(self.load(path)) for path in wanted})

    @staticmethod
    def _swap(codes: Dict[str, Dict[Tuple[str, int], CodeType]]) -> None:
        import gc
        from types import FunctionType
        for each in gc.get_objects():
            if type(each) is FunctionType and each.__code__.co_filename in codes:
                old = each.__code__
                new = codes[old.co_filename].get((old.co_name, old.co_firstlineno))
                if new is not None and new.co_freevars == old.co_freevars:
                    each.__code__ = new


def _functions_in(code: CodeType) -> Dict[Tuple[str, int], CodeType]:
    """All code objects inside a module's code, by name and first line."""
    found: Dict[Tuple[str, int], CodeType] = {}
    pending: List[CodeType] = [code]
    while pending:
        inner = pending.pop()
        found[inner.co_name, inner.co_firstlineno] = inner
        pending.extend(each for each in inner.co_consts if type(each) is CodeType)
    return found
