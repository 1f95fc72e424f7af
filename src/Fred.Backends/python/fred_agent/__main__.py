"""Entry point: `python <directory of this file> <options as JSON>`, with libfred preloaded."""

import sys

_BEFORE = list(sys.modules)  # in the order in which their imports ended
if "site" in _BEFORE:  # the rest was imported only to run this directory
    _BEFORE = _BEFORE[: _BEFORE.index("site") + 1]
sys.path[0] = __file__.rpartition("/fred_agent/")[0]
_UNWRITTEN = sys.dont_write_bytecode
sys.dont_write_bytecode = False  # of the program's modules, not of the agent's own: to compile them at each start takes 20 ms

from fred_agent.runner import start  # noqa: E402

start(sys.argv[1:], _BEFORE, _UNWRITTEN)
