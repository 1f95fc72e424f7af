"""Plays the part of `python prog.py` and `python -m module`: the program must find everything as if started by them.

The order at the end is the interpreter's own: traceback or exit message, threads, atexit functions, flushed streams. Only then
comes libfred's last tick, so that all of it is in the history; the interpreter's finalization follows.
"""

import atexit
import os
import sys
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import Any, Dict, List, NamedTuple, NoReturn, Optional

from . import requests
from .cache import CodeCache
from .callbacks import Callbacks
from .imports import AGENT_DIRECTORY, OwnModule, UserCode
from .native import END_EXCEPTION, END_EXIT, Clock
from .preload import PrivateModules
from .protocol import START_ERROR_STATUS


EAGER_INTERVAL = 1e-6


class Options(NamedTuple):
    """What to run: a program file or a module, its arguments, library patterns to trace, and where to report a failed start."""

    program: Optional[str]
    module: Optional[str]
    args: List[str]
    trace_library: List[str]
    start_error: Optional[str]
    eager_switching: bool = False
    """Threads ask for the interpreter as soon as they can run: the schedule is then libfred's to choose."""


class StartError(Exception):
    """The program cannot be started. `kind` is not-found, syntax or other; `line` 0 when it does not apply."""

    def __init__(self, kind: str, message: str, file: Optional[str] = None, line: int = 0) -> None:
        super().__init__(message)
        self.report = {"error": kind, "message": message, "file": file, "line": line}


class Runner:
    """One program, from the entry stop to its end."""

    def __init__(self, options: Options, clock: Clock, private: PrivateModules) -> None:
        self._options = options
        self._clock = clock
        self._private = private
        self._user = UserCode(clock, CodeCache.of_user(), options.trace_library)
        self._exception: Optional[BaseException] = None

    def run(self) -> NoReturn:
        """Runs the program and leaves the process as it would. Raises StartError before its first statement."""
        main = self._fresh_main()
        code = self._prepare(main)
        self._user.install()
        sys.meta_path.append(OwnModule)  # type: ignore[arg-type]
        requests.provide(self._clock)
        self._private.hide()
        self._user.adopt_loaded_modules()
        self._clock.calibrate()
        if self._options.eager_switching:
            sys.setswitchinterval(EAGER_INTERVAL)
        if self._clock.active:
            self._clock.start(Callbacks(self._clock, self._inspect))
        self._finish(self._execute(code, main))

    # -- before ------------------------------------------------------------------------------------------------------------

    def _fresh_main(self) -> ModuleType:
        """The module __main__, with nothing of the agent's in it."""
        main = sys.modules["__main__"]
        names = main.__dict__
        for name in [each for each in names if each not in ("__name__", "__builtins__", "__annotations__")]:
            del names[name]
        names.update(__doc__=None, __package__=None, __loader__=None, __spec__=None)
        names.setdefault("__annotations__", {})
        return main

    def _prepare(self, main: ModuleType) -> Optional[CodeType]:
        """Sets sys.argv, sys.path[0] and the names of __main__; returns the code of a program file."""
        options = self._options
        if options.module is not None:
            sys.argv = ["-m"] + options.args
            sys.path[0] = os.getcwd()
            self._check_module(options.module)
            return None
        path = options.program or ""
        sys.argv = [path] + options.args
        sys.path[0] = os.path.dirname(os.path.realpath(path))
        full = os.path.abspath(path)
        self._user.main_path = full
        code = self._compile(path, full)
        from importlib.machinery import SourceFileLoader
        main.__dict__.update(__file__=full, __cached__=None, __loader__=SourceFileLoader("__main__", full))
        return code

    def _compile(self, path: str, full: str) -> CodeType:
        try:
            return self._user.load(full)
        except SyntaxError as error:
            raise StartError("syntax", str(error.msg), full, error.lineno or 0) from None
        except OSError as error:
            kind = "not-found" if isinstance(error, FileNotFoundError) else "other"
            raise StartError(kind, "%s: %s" % (path, error.strerror), full) from None
        except (ValueError, UnicodeError) as error:
            raise StartError("syntax", "%s is no Python source: %s" % (path, error), full) from None
        except (RecursionError, MemoryError):
            raise StartError("other", "an expression in it is nested too deep to be compiled with probes", full) from None

    def _check_module(self, name: str) -> None:
        """Looks for the module without importing its package: that would run statements before the entry stop."""
        from importlib.machinery import PathFinder
        spec = PathFinder.find_spec(name.partition(".")[0])
        if spec is None and name not in sys.builtin_module_names:
            raise StartError("not-found", "No module named %s" % name)

    # -- during ------------------------------------------------------------------------------------------------------------

    def _execute(self, code: Optional[CodeType], main: ModuleType) -> int:
        """Runs the program; returns its exit status."""
        try:
            if code is not None:
                exec(code, main.__dict__)
            else:
                self._run_module(self._options.module or "")
            return 0
        except BaseException as error:  # noqa: BLE001 - as the interpreter does
            raised = error
        # Outside the handler: an exception of the program's excepthook must not have this one as its context.
        if isinstance(raised, SystemExit):
            return self._exit_status(raised)
        self._report(raised)
        return 130 if isinstance(raised, KeyboardInterrupt) else 1

    def _run_module(self, name: str) -> None:
        """`python -m`: the library's own implementation, told that the module is the user's wherever it lies."""
        import runpy
        details = runpy._get_module_details  # type: ignore[attr-defined]

        def with_probes(*args: Any) -> Any:
            module, spec, code = details(*args)
            if spec.origin and spec.origin.endswith(".py"):
                self._user.main_path = spec.origin
                code = spec.loader.get_code(module)
            return module, spec, code

        runpy._get_module_details = with_probes  # type: ignore[attr-defined]
        runpy._run_module_as_main(name, True)  # type: ignore[attr-defined]

    def _inspect(self, frame: Optional[FrameType], descriptor: int, where: str) -> None:
        self._private.show()
        requests.only_look()
        from .inspector import serve_connection
        serve_connection(self._clock, frame, descriptor, where, self._exception)

    # -- after -------------------------------------------------------------------------------------------------------------

    def _report(self, error: BaseException) -> None:
        """The stop at an uncaught exception; then its traceback, as the interpreter prints it."""
        error.__traceback__ = _without_agent(error.__traceback__)
        if self._clock.active:
            self._exception = error
            self._clock.end(END_EXCEPTION, 1, _summary(error))
            self._exception = None
        self._print(error)

    @staticmethod
    def _print(error: BaseException) -> None:
        kind, traceback = type(error), error.__traceback__
        sys.last_type, sys.last_value, sys.last_traceback = kind, error, traceback
        if sys.version_info >= (3, 12):
            sys.last_exc = error
        _flush(sys.stdout)
        failed: Optional[BaseException] = None
        try:
            sys.excepthook(kind, error, traceback)
        except BaseException as second:  # noqa: BLE001 - the program's own hook
            failed = second
        if failed is not None:
            print("Error in sys.excepthook:", file=sys.stderr)
            failed.__traceback__ = _without_agent(failed.__traceback__)
            sys.__excepthook__(type(failed), failed, failed.__traceback__)
            print("\nOriginal exception was:", file=sys.stderr)
            sys.__excepthook__(kind, error, traceback)

    @staticmethod
    def _exit_status(error: SystemExit) -> int:
        code = error.code
        if code is None:
            return 0
        if isinstance(code, int):
            return int(code)
        _flush(sys.stdout)
        print(code, file=sys.stderr)
        return 1

    def _finish(self, status: int) -> NoReturn:
        """What the interpreter does before it is torn down, and the last tick."""
        threading = sys.modules.get("threading")
        if threading is not None:
            threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        _flush(sys.stdout)
        _flush(sys.stderr)
        if self._clock.active:
            self._clock.end(END_EXIT, status & 0xFF, "")
        sys.exit(status)


def _flush(stream: Any) -> None:
    try:
        stream.flush()
    except (AttributeError, OSError, ValueError):
        pass


def _without_agent(traceback: Optional[TracebackType]) -> Optional[TracebackType]:
    """The traceback from the first frame that is the program's."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(AGENT_DIRECTORY):
        traceback = traceback.tb_next
    return traceback


def _summary(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - a broken __str__
        text = "<exception str() failed>"
    return "%s: %s" % (type(error).__name__, text) if text else type(error).__name__


def start(arguments: List[str], before: List[str], dont_write_bytecode: bool) -> None:
    """Starts from the command line: one argument, the options as JSON (docs/agent-protocol.md, section 2.2)."""
    private = PrivateModules(before)
    private.load()
    sys.dont_write_bytecode = dont_write_bytecode
    import json
    given: Dict[str, Any] = json.loads(arguments[0])
    options = Options(
        given.get("program"), given.get("module"), list(given.get("args") or []), list(given.get("trace_library") or []), given.get("start_error"),
        bool(given.get("eager_switching")))
    try:
        clock = Clock()
        Runner(options, clock, private).run()
    except StartError as error:
        text = json.dumps(error.report)
        if options.start_error:
            with open(options.start_error, "w", encoding="utf-8") as file:
                file.write(text)
        else:
            print("FRED-START-ERROR %s" % text, file=sys.stderr)
        sys.exit(START_ERROR_STATUS)
