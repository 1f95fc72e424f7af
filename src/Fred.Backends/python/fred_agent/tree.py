"""Questions about syntax trees that the instrumenter asks: where statements begin, end and finish, and what is what.

Uses the node classes of `_ast`: importing the Python module `ast` costs more than instrumenting a small file.
"""

import _ast as ast
from typing import Any, List, Tuple

NEW_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
LOOPS = (ast.For, ast.AsyncFor)
WITHS = (ast.With, ast.AsyncWith)
TRIES: Tuple[type, ...] = (ast.Try,) + ((ast.TryStar,) if hasattr(ast, "TryStar") else ())
MATCH: Tuple[type, ...] = (ast.Match,) if hasattr(ast, "Match") else ()


def located(node: Any, like: Any, line: int) -> Any:
    """Gives a new node the location of another one; at `line`, if the node's own first line differs."""
    if line and line != like.lineno:
        node.lineno = node.end_lineno = line
        node.col_offset = node.end_col_offset = 0
    else:
        node.lineno, node.end_lineno = like.lineno, like.end_lineno
        node.col_offset, node.end_col_offset = like.col_offset, like.end_col_offset
    return node


def is_simple(value: Any) -> bool:
    """Whether evaluating a returned value is no event of its own: nothing, a constant or a name."""
    return value is None or isinstance(value, (ast.Constant, ast.Name))


def is_docstring(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def split_prologue(body: List[Any]) -> Tuple[List[Any], List[Any]]:
    """Splits off the docstring and the future imports, which must stay first."""
    start = 1 if body and is_docstring(body[0]) else 0
    while start < len(body) and isinstance(body[start], ast.ImportFrom) and body[start].module == "__future__" and not body[start].level:
        start += 1
    return body[:start], body[start:]


def first_line(node: Any) -> int:
    """Where a statement begins: a decorated one with its first decorator."""
    decorators = getattr(node, "decorator_list", None)
    return decorators[0].lineno if decorators else node.lineno


def header_end(node: Any) -> int:
    """The last line of a statement's header: for a simple statement, of the statement."""
    if isinstance(node, (ast.If, ast.While)):
        return node.test.end_lineno
    if isinstance(node, LOOPS):
        return node.iter.end_lineno
    if isinstance(node, WITHS):
        return max((each.optional_vars or each.context_expr).end_lineno for each in node.items)
    if isinstance(node, TRIES):
        return node.lineno
    if isinstance(node, MATCH):
        return node.subject.end_lineno
    if isinstance(node, NEW_SCOPES):
        return max([node.lineno] + [part.end_lineno for part in _header_parts(node)])
    return node.end_lineno


def _header_parts(node: Any) -> List[Any]:
    if isinstance(node, ast.ClassDef):
        return node.bases + [each.value for each in node.keywords]
    args = node.args
    every = args.posonlyargs + args.args + args.kwonlyargs + args.defaults + [each for each in args.kw_defaults if each]
    return every + [each for each in (args.vararg, args.kwarg, node.returns) if each]


def last_line(node: Any) -> int:
    """The line of the statement that has run last when control leaves `node` at its end."""
    while isinstance(node, TRIES + LOOPS + (ast.While,)):
        suite = getattr(node, "finalbody", None) or node.orelse or (node.body if isinstance(node, TRIES) else None)
        if not suite:
            break
        node = suite[-1]
    return node.lineno
