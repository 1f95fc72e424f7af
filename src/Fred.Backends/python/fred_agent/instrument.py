"""Compiles probes into a module: one for each event that Fred counts, at its place in the syntax tree.

What is hard about it: the program must not notice. Probes are constants in expressions (`-P` ticks and is True, `(~P)[value]` ticks
and is value, any value: a binary operator would not pass NotImplemented on), so they raise nothing and change no control flow; the only name
they bind is `__return__`. They carry the location of the statement they stand for, so tracebacks, co_lines and f_lineno stay as they
were. Docstrings and `from __future__` stay first.

Where probes go (docs/pdb-differences.md compares the outcome with stock pdb):
  statement        -P before it; fused with the call event if it is the function's first, with the return event if nothing
                   can happen between (`pass` at the end, `return x`)
  while            `while -P and test`: the header is an event at each test; `while True` has -P as first statement
  for              -P at the end of the body and before each `continue`: the header is an event at each further iteration. Where -P is not one instruction (below), or a `continue`
                   runs other code on its way (`finally`, `with`): `for x in (~P)[iterable]`, whose value is an iterator that ticks
  async for        -P at the end of the body and before each `continue`
  except T         `except (~P)[T]`; a bare `except:` gets -P as first statement
  return value     `__return__ = value`, -P, `return __return__`: pdb shows a local variable of that name as the returned value
  falling off      -P at the end of the body, with the line of the statement that ran last
  lambda           `lambda: (~R)[-P and body]`
  yield value      `(~R)[yield (~P)[value]]`: a return, and a call when the generator goes on

Where probes can be made single instructions (opcodes.py), -P is written `- -P`, which makes room for that.
"""

import re
import sys
import _ast as ast
from types import CodeType
from typing import Any, List, NamedTuple, Optional, Set, Tuple, Union

from .probes import AGAIN, CALL, HANDLES, LINE, RAISES, RETURN, ProbeSpec, marker
from .tree import LOOPS, MATCH, NEW_SCOPES, TRIES, WITHS, first_line, header_end, is_simple, last_line, located, split_prologue

_LINE_END = re.compile(rb"\r\n|\r|\n")
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_SILENT = (ast.Global, ast.Nonlocal)
_ANNOTATIONS = frozenset(("annotation", "returns", "type_params", "type_comment"))
_USUB, _AND, _INVERT, _LOAD, _STORE = ast.USub(), ast.And(), ast.Invert(), ast.Load(), ast.Store()


class Instrumented(NamedTuple):
    """Code with markers, and what each marker stands for."""

    code: CodeType
    specs: List[ProbeSpec]


class _Scope(NamedTuple):
    """The code object that a statement belongs to, and the enclosing `async for`, if `continue` goes to one."""

    function: str
    first_line: int
    loop: Optional[ast.AST] = None
    qualified: str = ""

    def inner(self, node: Any) -> "_Scope":
        """That of a function or class defined in this one."""
        outer = self.qualified or (self.function if self.function != "<module>" else "")
        return _Scope(node.name, first_line(node), None, "%s.%s" % (outer, node.name) if outer else "")


def instrument(source: Union[bytes, str], filename: str, roomy: bool = False) -> Instrumented:
    """Compiles a module with markers where its probes belong. `roomy`: with room for making probes single instructions (opcodes.py).

    Raises what compile() raises: SyntaxError with the original locations, RecursionError for trees deeper than the interpreter converts.
    """
    tree = compile(source, filename, "exec", 0x400, True)  # 0x400: PyCF_ONLY_AST
    builder = _Builder(source, roomy)
    builder.module(tree)
    return Instrumented(compile(tree, filename, "exec", 0, True), builder.specs)


class _Builder:
    """Rewrites one tree in place. Recursion follows the nesting of statements, which the tokenizer bounds; expressions and `elif`
    chains, which can be thousands deep, are walked with a loop."""

    def __init__(self, source: Union[bytes, str], roomy: bool) -> None:
        self._roomy = roomy
        self.specs: List[ProbeSpec] = []
        raw = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
        # Only lambdas and yields matter inside expressions: other lines need no walk (most of the cost of a naive transformer).
        self._deep_lines: Set[int] = {
            number for number, text in enumerate(_LINE_END.split(raw), 1) if b"lambda" in text or b"yield" in text
        }

    # -- probes ------------------------------------------------------------------------------------------------------------

    def _marker(self, at: ast.AST, scope: _Scope, kinds: int, enters: bool, line: int, end_line: int = 0, call_line: int = 0) -> Any:
        self.specs.append(ProbeSpec(line, end_line or line, call_line or scope.first_line, scope.function, kinds, enters, scope.qualified))
        return located(ast.Constant(marker(len(self.specs) - 1)), at, line)

    def _tick(self, at: ast.AST, scope: _Scope, kinds: int = LINE, enters: bool = False, line: int = 0, end_line: int = 0, room: bool = True) -> Any:
        """The expression `-P`; `- -P` (which ticks once, and is true, too) where there is to be room."""
        line = line or at.lineno
        tick = located(ast.UnaryOp(_USUB, self._marker(at, scope, kinds, enters, line, end_line)), at, line)
        return located(ast.UnaryOp(_USUB, tick), at, line) if self._roomy and room else tick

    def _statement(self, at: ast.AST, scope: _Scope, kinds: int = LINE, enters: bool = False, line: int = 0, end_line: int = 0) -> Any:
        """The statement `-P`."""
        return located(ast.Expr(self._tick(at, scope, kinds, enters, line, end_line)), at, line or at.lineno)

    def _pass_through(self, value: Any, scope: _Scope, kinds: int, enters: bool = False, line: int = 0, call_line: int = 0) -> Any:
        """The expression `(~P)[value]`: of ~P, because compilers fold and judge subscripts of constants."""
        probe = self._marker(value, scope, kinds, enters, line or value.lineno, 0, call_line)
        receiver = located(ast.UnaryOp(_INVERT, probe), probe, 0)
        return located(ast.Subscript(receiver, value, _LOAD), value, 0)

    # -- code objects ------------------------------------------------------------------------------------------------------

    def module(self, tree: Any) -> None:
        """Instruments a module body: it enters without a call event."""
        scope = _Scope("<module>", 1)
        head, body = split_prologue(tree.body)
        if body:
            tree.body = head + self._body(body, scope, entry=0)

    def _function(self, node: Any, scope: _Scope) -> None:
        head, body = split_prologue(node.body)
        if not any(not isinstance(each, _SILENT) for each in body):
            last = node.body[-1]  # a docstring or a declaration is all there is: the probe stands for the implicit return
            line = last.lineno if sys.version_info < (3, 10) else node.lineno
            node.body = node.body + [self._statement(last, scope, CALL | LINE | RETURN, True, line)]
        else:
            node.body = head + self._body(body, scope, entry=CALL)

    def _class(self, node: Any, scope: _Scope) -> None:
        head, body = split_prologue(node.body)
        entry = self._statement(node, scope, CALL | LINE, True, scope.first_line, header_end(node))
        rest = self._block(body, scope)
        node.body = head + [entry] + rest
        self._close(node.body, (head + body)[-1], scope)

    def _lambda(self, node: Any) -> None:
        scope = _Scope("<lambda>", node.lineno)
        body = node.body
        simple = isinstance(body, (ast.Name, ast.Constant))
        kinds = CALL | LINE | RETURN if simple else CALL | LINE
        entered = located(ast.BoolOp(_AND, [self._tick(body, scope, kinds, True, room=False), body]), body, 0)
        node.body = entered if simple else self._pass_through(entered, scope, RETURN)

    def _body(self, body: List[Any], scope: _Scope, entry: int) -> List[Any]:
        """A function's or module's statements: the first one also enters, and falling off the end returns."""
        silent = []
        while body and isinstance(body[0], _SILENT):
            silent.append(body[0])
            body = body[1:]
        if not body:
            return silent
        last = body[-1]
        result = silent + self._block(body, scope, entry)
        if not isinstance(last, ast.Pass):  # its probe has the return event already
            self._close(result, last, scope)
        return result

    def _close(self, body: List[Any], last: Any, scope: _Scope) -> None:
        """Appends the return event of falling off the end, with the line of the statement that runs last."""
        while isinstance(last, ast.If):
            self._close(last.body, last.body[-1], scope)
            if not last.orelse:
                last.orelse = [self._statement(last, scope, RETURN)]
                return
            body, last = last.orelse, last.orelse[-1]
        if isinstance(last, TRIES) and not last.finalbody:
            for suite in [last.orelse or last.body] + [each.body for each in last.handlers]:
                self._close(suite, suite[-1], scope)
        elif isinstance(last, WITHS):
            body.append(self._statement(last, scope, RETURN))
        elif not isinstance(last, _LEAVES):
            body.append(self._statement(last, scope, RETURN, line=last_line(last)))

    # -- statements --------------------------------------------------------------------------------------------------------

    def _block(self, body: List[Any], scope: _Scope, entry: Optional[int] = None) -> List[Any]:
        """Instruments a suite. `entry` is given for the suite whose first statement begins an activation: CALL or 0."""
        result: List[Any] = []
        for index, node in enumerate(body):
            first = entry is not None and index == 0
            kinds = (LINE | entry) if first and entry is not None else LINE
            if isinstance(node, ast.While):  # its own event repeats, entering does not
                if first:
                    result.append(self._statement(node, scope, entry or 0, True))
            elif not isinstance(node, _SILENT):
                if isinstance(node, ast.Return) and is_simple(node.value):
                    kinds |= RETURN
                elif isinstance(node, ast.Raise) and node.exc is not None:
                    kinds |= RAISES
                elif isinstance(node, ast.Pass) and entry is not None and index == len(body) - 1:
                    kinds |= RETURN
                result.append(self._statement(node, scope, kinds, first, first_line(node), header_end(node)))
            if isinstance(node, ast.Continue) and scope.loop is not None:
                result.append(self._header_again(scope.loop, scope))
            self._visit(node, scope)
            result.extend(self._returning(node, scope) if isinstance(node, ast.Return) and not is_simple(node.value) else [node])
        return result

    def _returning(self, node: Any, scope: _Scope) -> List[Any]:
        """`return value` with an event between the value and the return."""
        keep = located(ast.Assign([located(ast.Name("__return__", _STORE), node, 0)], node.value), node, 0)
        event = self._statement(node, scope, RETURN, end_line=header_end(node))
        node.value = located(ast.Name("__return__", _LOAD), node, 0)
        return [keep, event, node]

    def _header_again(self, loop: Any, scope: _Scope) -> Any:
        return self._statement(loop, scope, LINE | AGAIN, line=loop.lineno, end_line=header_end(loop))

    def _visit(self, node: Any, scope: _Scope) -> None:
        while isinstance(node, ast.If):  # an elif chain is a chain of single Ifs: no recursion along it
            self._expressions(node, scope)
            node.body = self._block(node.body, scope)
            if not (len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)):
                node.orelse = self._block(node.orelse, scope)
                return
            inner = node.orelse[0]
            node.orelse = [self._statement(inner, scope, LINE, False, 0, header_end(inner)), inner]
            node = inner
        self._expressions(node, scope)
        if isinstance(node, NEW_SCOPES):
            (self._class if isinstance(node, ast.ClassDef) else self._function)(node, scope.inner(node))
        elif isinstance(node, (ast.While,) + LOOPS):
            self._loop(node, scope)
        elif isinstance(node, WITHS):
            node.body = self._block(node.body, scope)
        elif isinstance(node, TRIES):
            self._try(node, scope)
        elif isinstance(node, MATCH):
            for case in node.cases:
                case.body = self._block(case.body, scope)

    def _loop(self, node: Any, scope: _Scope) -> None:
        if isinstance(node, ast.While):
            tick = self._tick(node, scope, LINE, False, 0, header_end(node))
            always = isinstance(node.test, ast.Constant) and node.test.value
            node.body = self._block(node.body, scope._replace(loop=None))
            if always:  # the same moment, and no test that the plain program does not make
                node.body.insert(0, located(ast.Expr(tick), node, 0))
            else:
                node.test = located(ast.BoolOp(_AND, [tick, node.test]), node.test, 0)
        elif isinstance(node, ast.For):
            if self._roomy and not _continues_through_code(node.body):
                self._repeating(node, scope)
            else:
                node.iter = self._iterating(node, scope)
                node.body = self._block(node.body, scope._replace(loop=None))
        else:
            self._repeating(node, scope)
        node.orelse = self._block(node.orelse, scope)

    def _repeating(self, node: Any, scope: _Scope) -> None:
        """The header's event at the end of the body, and before each `continue`."""
        inner = scope._replace(loop=node)
        leaves = isinstance(node.body[-1], _LEAVES)
        node.body = self._block(node.body, inner)
        if not leaves:
            node.body.append(self._header_again(node, inner))

    def _iterating(self, node: Any, scope: _Scope) -> Any:
        """The iterable of a `for`, so that its iterator ticks. Its location stays: the interpreter's own errors about it are raised there."""
        self.specs.append(ProbeSpec(node.lineno, header_end(node), scope.first_line, scope.function, LINE | AGAIN, False, scope.qualified))
        probe = located(ast.Constant(marker(len(self.specs) - 1)), node.iter, 0)
        return located(ast.Subscript(located(ast.UnaryOp(_INVERT, probe), node.iter, 0), node.iter, _LOAD), node.iter, 0)

    def _try(self, node: Any, scope: _Scope) -> None:
        node.body = self._block(node.body, scope)
        for index, handler in enumerate(node.handlers):
            kinds = LINE | (HANDLES if index == 0 else 0)
            handler.body = self._block(handler.body, scope)
            if handler.type is None:
                handler.body.insert(0, self._statement(handler, scope, kinds))
            else:
                handler.type = self._pass_through(handler.type, scope, kinds, line=handler.lineno)
        node.orelse = self._block(node.orelse, scope)
        node.finalbody = self._block(node.finalbody, scope)

    # -- expressions -------------------------------------------------------------------------------------------------------

    def _expressions(self, node: Any, scope: _Scope) -> None:
        """Finds the lambdas and yields of one statement, not those of the statements inside it."""
        end = header_end(node)
        if not self._deep_lines or (isinstance(node, MATCH + TRIES) and not self._within(node.lineno, node.end_lineno)):
            return
        if not isinstance(node, MATCH + TRIES) and not self._within(first_line(node), end):
            return
        pending = [(node, scope)]
        while pending:
            parent, inner = pending.pop()
            for field in parent._fields:
                if field in _ANNOTATIONS:  # under `from __future__ import annotations` they become text
                    continue
                value = getattr(parent, field, None)
                if isinstance(value, list):
                    for index, child in enumerate(value):
                        if isinstance(child, ast.AST) and not isinstance(child, ast.stmt):
                            value[index] = self._expression(child, inner, pending)
                elif isinstance(value, ast.AST):
                    setattr(parent, field, self._expression(value, inner, pending))

    def _expression(self, node: Any, scope: _Scope, pending: List[Tuple[Any, _Scope]]) -> Any:
        """Returns what takes the node's place, and leaves its children to be visited."""
        pending.append((node, scope))
        if isinstance(node, ast.Lambda):
            pending[-1] = (node.args, scope)
            body = node.body
            inner = _Scope("<lambda>", node.lineno)
            if isinstance(body, (ast.Lambda, ast.Yield)):
                node.body = body = self._expression(body, inner, pending)
            else:
                pending.append((body, inner))
            self._lambda(node)
        elif isinstance(node, ast.Yield):
            value = node.value or located(ast.Constant(None), node, 0)
            node.value = self._pass_through(value, scope, RETURN, line=node.lineno)
            pending[-1] = (node.value, scope)
            return self._pass_through(node, scope, CALL, True, call_line=node.lineno)
        return node

    def _within(self, start: int, end: int) -> bool:
        return any(line in self._deep_lines for line in range(start, end + 1))


def _continues_through_code(body: List[Any]) -> bool:
    """Whether a `continue` of the loop with this body leaves a `with`, or a `try` with `finally`: their code runs before the header."""
    pending = [(each, False) for each in body]
    while pending:
        node, inside = pending.pop()
        if isinstance(node, ast.Continue):
            if inside:
                return True
            continue
        if isinstance(node, NEW_SCOPES):
            continue
        if isinstance(node, LOOPS + (ast.While,)):  # a `continue` in its body is its own
            pending.extend((each, inside) for each in node.orelse)
            continue
        guarded = inside or isinstance(node, WITHS) or bool(getattr(node, "finalbody", None))
        for suite in ("body", "orelse", "finalbody"):
            pending.extend((each, guarded) for each in getattr(node, suite, ()))
        for part in list(getattr(node, "handlers", ())) + list(getattr(node, "cases", ())):
            pending.extend((each, guarded) for each in part.body)
    return False
