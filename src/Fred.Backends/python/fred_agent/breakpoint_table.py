"""pdb's breakpoints as rows: rebuilt before a command from the session's table, read back after it.

The session owns the breakpoints (they belong to the timeline); pdb's own tables live in class attributes of bdb.Breakpoint and are
only filled while one command runs.
"""

import bdb
from typing import Any, Dict, List


def load_table(debugger: Any, values: Dict[str, Any]) -> None:
    """Fills pdb's tables from `values`: `breakpoints` (rows), `next` (number of the next one), `commands` (by number)."""
    bdb.Breakpoint.bplist = {}
    bdb.Breakpoint.bpbynumber = [None]
    debugger.breaks = {}
    rows = sorted(values.get("breakpoints") or [], key=lambda row: int(row["number"]))
    for row in rows:
        _restore(debugger, row)
    bdb.Breakpoint.next = max([int(values.get("next") or 1)] + [int(row["number"]) + 1 for row in rows])
    while len(bdb.Breakpoint.bpbynumber) < bdb.Breakpoint.next:
        bdb.Breakpoint.bpbynumber.append(None)
    commands = values.get("commands") or {}
    debugger.commands = {int(number): list(lines) for number, lines in commands.items()}
    debugger.commands_doprompt = {number: True for number in debugger.commands}
    debugger.commands_silent = {number: False for number in debugger.commands}


def _restore(debugger: Any, row: Dict[str, Any]) -> None:
    file, line, number = debugger.canonic(row["file"]), int(row["line"]), int(row["number"])
    while len(bdb.Breakpoint.bpbynumber) < number:
        bdb.Breakpoint.bpbynumber.append(None)
    bdb.Breakpoint.next = number
    lines = debugger.breaks.setdefault(file, [])
    if line not in lines:
        lines.append(line)
    breakpoint_ = bdb.Breakpoint(file, line, bool(row.get("temporary")), row.get("condition"), row.get("function"))
    breakpoint_.enabled = bool(row.get("enabled", True))
    breakpoint_.ignore = int(row.get("ignore") or 0)
    breakpoint_.hits = int(row.get("hits") or 0)


def table_rows() -> List[Dict[str, Any]]:
    """pdb's breakpoints in the protocol's form."""
    return [
        {
            "number": each.number, "file": each.file, "line": each.line, "temporary": bool(each.temporary), "enabled": bool(each.enabled),
            "condition": each.cond, "ignore": each.ignore, "hits": each.hits, "function": each.funcname,
        }
        for each in bdb.Breakpoint.bpbynumber
        if each
    ]


def rows_of(debugger: Any) -> Dict[str, Any]:
    """What else of the tables is kept in the state."""
    alive = {row["number"] for row in table_rows()}
    return {"next": bdb.Breakpoint.next, "commands": {str(n): lines for n, lines in debugger.commands.items() if n in alive}}
