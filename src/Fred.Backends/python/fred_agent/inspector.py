"""Answers questions about one stop: JSON lines on a socket (docs/agent-protocol.md, section 3).

Runs in a throw-away fork of the stopped program, so whatever an evaluation does to memory dies with it. Everything the program could
use to disturb the conversation is replaced first: its standard streams, trace function, exit.
"""

import io
import json
import os
import re
import sys
from types import FrameType
from typing import Any, Callable, Dict, List, Optional

from . import frames as stack_frames
from .digest import digest
from .event_lines import EventLines
from .exceptions import ExceptionView
from .native import Clock
from .shell import Shell
from .threads import Threads
from .values import Child, children_of, text_of, type_text

_PAGE = 20
_MOST_CHILDREN = 1000  # of one answer, when the question sets no limit
_WORD = re.compile(r"[\w.]*$")


class Refused(Exception):
    """A question that cannot be answered; the text goes to the user."""


class Inspector:
    """The view of one stop. `where` is what libfred says of it: tick, kind, line, depth, file, function, reason, detail."""

    def __init__(self, clock: Clock, frame: Optional[FrameType], where: Dict[str, Any], exception: Optional[BaseException]) -> None:
        """`exception`: the uncaught one that ended the program; its traceback is then the stack."""
        self._clock = clock
        self._frame_here = frame
        self._exception = exception
        if exception is not None:
            raw = stack_frames.traceback_frames(exception.__traceback__)
            self.stack = stack_frames.match_raised(raw, clock.activations(), clock.specs)
        else:
            raw = [(each, each.f_lineno) for each in stack_frames.program_frames(frame)]
            if raw and where.get("kind") != "end" and int(where.get("line") or 0) > 0:
                raw[0] = (raw[0][0], int(where["line"]))
            self.stack = stack_frames.match(raw, clock.activations(), clock.specs)
        self._handles: List[Child] = []
        self._where = where
        self._threads = Threads(clock, self.stack)
        self._shell = Shell(clock, self.stack, where, exception, self._threads)

    # -- the conversation --------------------------------------------------------------------------------------------------

    def serve(self, reader: Any, writer: Any) -> None:
        """Answers until `quit` or the end of the connection."""
        first = True
        for line in reader:
            request: Dict[str, Any] = {}
            try:
                request = json.loads(line)
                if request.get("op") == "quit":
                    return
                reply = {"id": request.get("id"), "ok": True, **self.answer(request)}
            except BaseException as error:  # noqa: BLE001 - SystemExit of an evaluation must not end the inspector either
                kind = "Refused" if isinstance(error, Refused) else type(error).__name__
                reply = {"id": request.get("id") if isinstance(request, dict) else None, "ok": False, "error": {"type": kind, "message": _message(error)}}
            writer.write(json.dumps(reply) + "\n")
            writer.flush()
            if first:
                self._clock.answered()
                first = False

    def answer(self, request: Dict[str, Any]) -> Dict[str, Any]:
        """Answers one request, without `id` and `ok`. Raises Refused for bad ones."""
        operations: Dict[str, Callable[[Dict[str, Any]], Dict[str, Any]]] = {
            "stop": self._stop, "stack": self._stack, "eval": self._eval, "variables": self._variables, "complete": self._complete,
            "command": self._command, "display": self._display, "exception": self._exception_here, "lines": self._lines,
            "digest": self._digest, "targets": self._targets, "calling": self._calling, "threads": self._list_threads,
        }
        operation = operations.get(str(request.get("op")))
        if operation is None:
            raise Refused("unknown operation %r" % request.get("op"))
        return operation(request)

    def _stop(self, _request: Dict[str, Any]) -> Dict[str, Any]:
        exception = None
        if self._exception is not None:
            exception = {"type": type_text(self._exception), "message": _message(self._exception)}
        return {**self._page(0, _PAGE), "fingerprint": stack_frames.fingerprint(self.stack), "exception": exception}

    def _exception_here(self, _request: Dict[str, Any]) -> Dict[str, Any]:
        with captured_output():
            view = ExceptionView.here(self._where, self.stack, self._exception, self._clock.specs)
            return {"exception": None if view is None else view.describe()}

    def _digest(self, _request: Dict[str, Any]) -> Dict[str, Any]:
        return {"fingerprint": digest(self._frame_here, self._clock.specs)}

    def _lines(self, request: Dict[str, Any]) -> Dict[str, Any]:
        return {"lines": EventLines(self._clock).lines(str(request.get("file") or ""))}

    def _targets(self, _request: Dict[str, Any]) -> Dict[str, Any]:
        if self._where.get("kind") != "line" or not self.stack or self.stack[0].identity is None:
            return {"activation": None, "targets": []}
        from . import calls  # imports ast, which few sittings need
        here = self.stack[0]
        return {"activation": here.identity, "targets": [each._asdict() for each in calls.in_statement(here.file, here.line)]}

    def _calling(self, request: Dict[str, Any]) -> Dict[str, Any]:
        position = _position(self.stack, str(request.get("activation")))
        if not position:  # gone, or itself the innermost: it is at no call
            return {"inside": False}
        from . import calls
        span, callee = request["span"], self.stack[position - 1].frame.f_code.co_name
        wanted = (span["line"], span["column"], span["endLine"], span["endColumn"])
        return {"inside": calls.is_at(self.stack[position].frame, wanted, str(request.get("text")), callee)}

    def _stack(self, request: Dict[str, Any]) -> Dict[str, Any]:
        return self._page(int(request.get("start") or 0), int(request.get("count") or 0), self._stack_of(request))

    def _page(self, start: int, count: int, stack: Optional[List[stack_frames.StackFrame]] = None) -> Dict[str, Any]:
        stack = self.stack if stack is None else stack
        end = start + count if count else len(stack)
        shown = [entry.describe(index, self._clock.specs) for index, entry in enumerate(stack[start:end], start)]
        return {"frames": shown, "total": len(stack)}

    def _list_threads(self, _request: Dict[str, Any]) -> Dict[str, Any]:
        return {"threads": [view.describe() for view in self._threads.views]}

    def _stack_of(self, request: Dict[str, Any]) -> List[stack_frames.StackFrame]:
        """The stack of the thread a request names, by default that of the one that stopped."""
        number = int(request.get("thread") or 0)
        view = self._threads.find(number)
        if view is None:
            raise Refused("there is no thread %d here" % number)
        return view.stack

    # -- values ------------------------------------------------------------------------------------------------------------

    def _names(self, request: Dict[str, Any]) -> Optional[Dict[str, Any]]:
        """Globals and locals for a request's scope, as {"globals","locals"}; None when that activation is not on the stack."""
        activation = request.get("activation")
        if activation is None:
            frame = self._frame(request)
            return {"globals": frame.f_globals, "locals": frame.f_locals}
        if activation.startswith("output:"):
            return {"globals": {"written": self._clock.written(int(activation[len("output:"):]))}, "locals": {}}
        if activation.startswith("function:"):
            calls = (entry.frame for entry in self.stack if entry.user and stack_frames.is_of(entry.frame.f_code, activation[len("function:"):], self._clock.specs))
            call = next(calls, None)
            return None if call is None else {"globals": call.f_globals, "locals": call.f_locals}
        if activation.startswith("module:"):
            module = sys.modules.get(activation[len("module:"):])
            return None if module is None else {"globals": module.__dict__, "locals": module.__dict__}
        for stack in [self.stack] + [view.stack for view in self._threads.views if not view.current]:
            position = _position(stack, activation)
            if position is not None:
                return {"globals": stack[position].frame.f_globals, "locals": stack[position].frame.f_locals}
        return None

    def _frame(self, request: Dict[str, Any]) -> FrameType:
        index, stack = int(request.get("frame") or 0), self._stack_of(request)
        if not stack:
            raise Refused("the program has no frame here: it has ended, or not begun")
        if not 0 <= index < len(stack):
            raise Refused("there is no frame %d: the stack has %d" % (index, len(stack)))
        return stack[index].frame

    def _eval(self, request: Dict[str, Any]) -> Dict[str, Any]:
        nothing = {"value": "", "type": "", "ref": 0}
        expression = str(request.get("expr") or "").strip()
        try:
            code = compile(expression, "<fred>", "eval", 0, True)
        except (SyntaxError, ValueError) as error:
            return {"state": "invalid", "error": "%s: %s" % (type(error).__name__, _message(error)), **nothing}
        names = self._names(request)
        if names is None:
            return {"state": "unevaluable", "error": "that call is not on the stack here", **nothing}
        with captured_output():
            try:
                value = eval(code, names["globals"], names["locals"])
                state = "good" if value else "bad"
            except BaseException as error:  # noqa: BLE001 - the program's own exceptions are values here
                return {"state": "unevaluable", "error": "%s: %s" % (type(error).__name__, _message(error)), **nothing}
            return {"state": state, "value": text_of(value), "type": type_text(value), "ref": self._handle(Child("", value, expression))}

    def _variables(self, request: Dict[str, Any]) -> Dict[str, Any]:
        start, count = int(request.get("start") or 0), int(request.get("count") or 0) or _MOST_CHILDREN
        with captured_output():
            if request.get("ref"):
                number = int(request["ref"])
                if not 0 < number <= len(self._handles):
                    raise Refused("there is no value %d in this inspector" % number)
                parent = self._handles[number - 1]
                found = self._children(parent, start, start + count, request.get("filter"))
            else:
                frame = self._frame(request)
                names = frame.f_globals if request.get("scope") == "globals" else frame.f_locals
                listed = [(name, value) for name, value in list(names.items()) if isinstance(name, str)]
                listed.sort(key=lambda item: item[0].startswith("__"))  # the dunder names last
                found = [Child(name, value, name) for name, value in listed[start: start + count]]
            return {"variables": [self._describe(child) for child in found]}

    def _children(self, parent: Child, start: int, end: int, only: Optional[str]) -> List[Child]:
        children = children_of(parent.value)
        if only == "indexed":
            found = children.list_indexed(start, end)
        elif only == "named":
            found = children.list_named(start, end)
        else:
            found = children.list_indexed(start, end) + children.list_named(max(0, start - children.indexed), max(0, end - children.indexed))
        base = _operand(parent.suffix)
        return [Child(each.name, each.value, base + each.suffix if base is not None and each.suffix is not None else None) for each in found]

    def _describe(self, child: Child) -> Dict[str, Any]:
        children = children_of(child.value)
        return {
            "name": child.name, "value": text_of(child.value), "type": type_text(child.value), "ref": self._handle(child),
            "named": children.named, "indexed": children.indexed, "evaluateName": child.suffix,
        }

    def _handle(self, child: Child) -> int:
        children = children_of(child.value)
        if not children.named and not children.indexed:
            return 0
        self._handles.append(child)
        return len(self._handles)

    # -- typing and commands -----------------------------------------------------------------------------------------------

    def _complete(self, request: Dict[str, Any]) -> Dict[str, Any]:
        text = str(request.get("text") or "")[: int(request.get("column") or 0)]
        word = _WORD.search(text).group()  # type: ignore[union-attr]
        names = self._names(request) or {"globals": {}, "locals": {}}
        with captured_output():
            return {"matches": complete(word, names["globals"], names["locals"])}

    def _command(self, request: Dict[str, Any]) -> Dict[str, Any]:
        return self._shell.command(str(request.get("line") or ""), str(request.get("state") or ""))

    def _display(self, request: Dict[str, Any]) -> Dict[str, Any]:
        return self._shell.display(str(request.get("state") or ""))


class captured_output:
    """Keeps what an evaluation prints away from the program's streams. `text()` returns it."""

    def __enter__(self) -> "captured_output":
        self._saved = sys.stdout, sys.stderr
        self._stream = io.StringIO()
        sys.stdout = sys.stderr = self._stream
        return self

    def __exit__(self, *_exc: Any) -> None:
        sys.stdout, sys.stderr = self._saved

    def text(self) -> str:
        return self._stream.getvalue()


def complete(word: str, global_names: Dict[str, Any], local_names: Any) -> List[str]:
    """Full replacements of `word`, a name or a dotted chain of names. Nothing is called; attributes of the chain are read."""
    import builtins
    import keyword
    head, dot, prefix = word.rpartition(".")
    if not dot:
        names = set(map(str, local_names)) | set(map(str, global_names)) | set(dir(builtins)) | set(keyword.kwlist)
        return sorted(name for name in names if name.startswith(prefix))[:500]
    try:
        value = eval(head, global_names, local_names)
        names = set(dir(value))
    except Exception:  # noqa: BLE001 - whatever the program raises: then there are no completions
        return []
    return sorted("%s.%s" % (head, name) for name in names if name.startswith(prefix) and (prefix or not name.startswith("_")))[:500]


def _position(stack: List[stack_frames.StackFrame], activation: str) -> Optional[int]:
    """The index of an activation's frame; the innermost one of a module's."""
    return next((index for index, entry in enumerate(stack) if entry.is_activation(activation)), None)


def _operand(expression: Optional[str]) -> Optional[str]:
    """An expression that may be followed by `.name` or `[index]`."""
    if expression is None:
        return None
    simple = expression.isidentifier() or re.fullmatch(r"[\w.\[\]'\"]+", expression)
    return expression if simple and not expression[:1].isdigit() else "(%s)" % expression


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 - a broken __str__
        return "<no message: its __str__ fails>"


def serve_connection(clock: Clock, frame: Optional[FrameType], descriptor: int, where: str, exception: Optional[BaseException]) -> None:
    """Serves an inspector in this process, which is a throw-away fork, and ends it."""
    status = 1
    try:
        sys.settrace(None)
        sys.stdin = io.StringIO("")
        reader = os.fdopen(descriptor, "r", encoding="utf-8", newline="\n", closefd=False)
        writer = os.fdopen(descriptor, "w", encoding="utf-8", newline="\n", closefd=False)
        Inspector(clock, frame, json.loads(where or "{}"), exception).serve(reader, writer)
        status = 0
    except BaseException as error:  # noqa: BLE001 - there is nobody else to tell
        os.write(descriptor, (json.dumps({"id": None, "ok": False, "error": {"type": type(error).__name__, "message": _message(error)}}) + "\n").encode())
    finally:
        os._exit(status)
