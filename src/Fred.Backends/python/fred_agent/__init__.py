"""Fred's agent: the part of the debugger that lives inside the debugged Python program.

Statement clock: `instrument` compiles probes into the user's modules, `cache` keeps the result, `imports` brings it
into every user module, `native` is the door to libfred, which counts. `runner` plays the part of `python prog.py`.
Everything a user asks for (`inspector`, `shell`) runs in throw-away forks of the stopped program, never in the program.

Standard library only; CPython 3.9 to 3.13.
"""

AGENT_VERSION = "1"
"""Part of every cache key: raise it when the instrumented code changes."""
