"""Names shared with libfred and with fred: see docs/agent-protocol.md."""

VERSION = 3
CALLBACK_OPERATIONS = (
    "inspector", "exec", "condition", "watch", "truth", "value", "prepare", "look", "arguments", "result", "exception", "digest")
INSPECTOR_OPERATIONS = ("stop", "stack", "eval", "variables", "complete", "command", "display", "exception", "lines", "digest", "quit")
START_ERROR_STATUS = 64
"""Exit status of a program that could not be started; why is in the report the options name."""
EVERY_DEPTH = 2147483647
"""Depth of the step filter that stops at every event."""
