"""Tells lines that only look from lines that may change the program.

What only looks is evaluated in the throw-away fork. Everything else must run in the program itself, is journalled, and in the past
begins another branch, so the rule errs on the side of changing: an expression only looks if it calls nothing but well-known builtins.
"""

import ast
import builtins
import codeop
from typing import Any, Mapping, Optional, Tuple

_HARMLESS = frozenset(
    "abs all any ascii bin bool bytes callable chr complex dict dir divmod enumerate float format frozenset getattr hasattr hash hex id int "
    "isinstance issubclass len list max min oct ord pow print range repr reversed round set sorted str sum tuple type vars zip".split())
_CHANGING = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)


def is_complete(source: str) -> bool:
    """Whether pdb would ask for more lines first. Source that cannot compile is complete: its error is the answer."""
    try:
        return codeop.compile_command(source, "<stdin>", "single") is not None
    except (SyntaxError, ValueError, OverflowError):
        return True


def only_looks(source: str, global_names: Mapping[str, Any], local_names: Mapping[str, Any]) -> bool:
    """Whether running `source` cannot change the program. Source with a syntax error changes nothing."""
    try:
        tree = ast.parse(source.strip() + "\n", mode="single")
    except (SyntaxError, ValueError):
        return True
    if not all(isinstance(statement, (ast.Expr, ast.Pass)) for statement in tree.body):
        return False
    for node in ast.walk(tree):
        if isinstance(node, _CHANGING):
            return False
        if isinstance(node, ast.Call):
            to_file = any(each.arg in ("file", None) for each in node.keywords)  # print(..., file=f)
            if to_file or not _is_harmless(node.func, global_names, local_names):
                return False
    return True


def _is_harmless(function: ast.expr, global_names: Mapping[str, Any], local_names: Mapping[str, Any]) -> bool:
    name: Optional[str] = function.id if isinstance(function, ast.Name) else None
    if name is None or name not in _HARMLESS:
        return False
    bound = local_names[name] if name in local_names else global_names.get(name, getattr(builtins, name))
    return bound is getattr(builtins, name)


def returned_name(line: str) -> Tuple[bool, str]:
    """Whether a source line is a `return` of a name, a constant or nothing, or another last statement, and the expression for its value."""
    try:
        (statement,) = ast.parse(line.strip()).body
    except (SyntaxError, ValueError):
        return False, ""
    if not isinstance(statement, ast.Return):
        return True, "None"
    if statement.value is None:
        return True, "None"
    if isinstance(statement.value, (ast.Name, ast.Constant)):
        return True, line.strip()[len("return"):].strip()
    return False, ""
