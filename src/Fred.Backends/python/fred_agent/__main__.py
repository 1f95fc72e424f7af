"""Entry point: `python <directory of this file> <options as JSON>`, with libfred preloaded."""

import sys

_BEFORE = list(sys.modules)
sys.path[0] = __file__.rpartition("/fred_agent/")[0]

from fred_agent.runner import start  # noqa: E402

start(sys.argv[1:], _BEFORE)
