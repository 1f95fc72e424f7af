"""Checkpoints of a Python program, from inside it.

    import fred

    session = fred.checkpoint("before-training")   # returns here again in every restart
    if fred.is_restart():
        rate = fred.restart_arguments().get("rate", rate)

Works in a program that runs under `fred python` (checkpoints are forks: they cost a millisecond and live as long as the program's session) and in one that was started with
DMTCP's `dmtcp_launch` or by `fred workspace run` (checkpoints are images on disk: they outlive everything). `is_enabled()` says whether it is one of them; elsewhere the calls
that need it raise `NotEnabled`. All of it is described in docs/python-module.md.

Standard library only; CPython 3.9 to 3.13.
"""

import sys as _sys
from typing import Any, Dict, List, NoReturn, Optional

from ._engines import current as _current
from ._errors import BadName, CheckpointFailed, CheckpointsOff, DmtcpMissing, FredError, GraphicsFailed, ImageUnusable, NoSuchSession, NotDurable, NotEnabled, SessionInUse
from ._hooks import before_checkpoint, no_checkpoint, on_restart, on_resume
from ._hooks import state as _state
from ._sessions import Session

__all__ = [
    "BadName", "CheckpointFailed", "CheckpointsOff", "DmtcpMissing", "FredError", "GraphicsFailed", "ImageUnusable", "NoSuchSession", "NotDurable", "NotEnabled", "Session", "SessionInUse",
    "before_checkpoint", "checkpoint", "is_enabled", "is_restart", "is_resume", "list_sessions", "no_checkpoint", "num_checkpoints", "on_restart", "on_resume",
    "remove_session", "restart_arguments", "restore", "save_workspace", "show_graphics", "start_graphics",
]


def _attach_ipython() -> None:
    if "IPython" in _sys.modules:
        from ._ipython import attach_running
        attach_running()


_attach_ipython()


def is_enabled() -> bool:
    """Whether checkpoints can be taken: the program runs under `fred python` or DMTCP. False in the program's own children under `fred python`."""
    return _current(required=False) is not None


def checkpoint(name: Optional[str] = None) -> str:
    """Saves the state of the whole program and returns the session's id: `name`, or "session-1" and so on.

    Returns once now (`is_resume()` is then true) and once more in every restart from it (`is_restart()`). A name has up to 64 letters, digits, "-", "_" and ".", and begins with a
    letter or digit. Raises NotEnabled; CheckpointsOff inside `no_checkpoint()`; ValueError for a name that is in use or none; CheckpointFailed when no checkpoint could be
    taken: the program goes on unharmed.
    """
    return _current().checkpoint(name, _sys._getframe(1))


def is_resume() -> bool:
    """Whether the last `checkpoint()` returned in the program that took it. False before the first."""
    return _state.outcome == "resume"


def is_restart() -> bool:
    """Whether the last `checkpoint()` returned because the program was restored to it. False before the first."""
    return _state.outcome == "restart"


def restart_arguments() -> Dict[str, Any]:
    """What `restore` was called with, in the program it restored; {} otherwise. A new dictionary each time."""
    return dict(_state.arguments) if is_restart() else {}


def restore(session: str, **arguments: Any) -> NoReturn:
    """Gives the present state of the program up for the one saved as `session`, whose `checkpoint()` then returns once more.

    `arguments` (what JSON can express) are handed to it: `restart_arguments()`. Nothing is undone outside of the program: what it wrote, it wrote. Raises NotEnabled,
    NoSuchSession, or CheckpointFailed when the session cannot be restored (it says why); the program then goes on.
    """
    _current().restore(session, arguments)


def list_sessions() -> List[Session]:
    """The sessions that `restore` accepts, oldest first; [] when not enabled."""
    engine = _current(required=False)
    return [] if engine is None else engine.sessions()


def remove_session(session: str) -> None:
    """Forgets a session and frees what it holds. Raises NotEnabled and NoSuchSession; SessionInUse when another program that was restored from it still runs."""
    _current().remove(session)


def num_checkpoints() -> int:
    """How many checkpoints lie behind this state of the program: part of the state, so restoring the first one makes it 1 again."""
    return _state.taken


def save_workspace(path: str) -> str:
    """Saves the state of the whole program in a directory of its own, which must not exist or be empty, and returns its absolute path.

    `fred workspace open PATH` starts it again: here, in another terminal, after a reboot; `is_restart()` is then true where this call returns. Needs DMTCP: NotDurable is raised under
    `fred python`, whose checkpoints end with the session (`save NAME` at its prompt keeps the recording). Otherwise as `checkpoint`.
    """
    return _current().save(path, _sys._getframe(1))


def start_graphics(geometry: str = "1280x800") -> str:
    """Gives the program a screen that is saved and opened with it, and returns its display (":7"), which DISPLAY is set to.

    Call it before anything is drawn: windows are on the display that was set when they were made. The screen is a VNC server (TigerVNC) of the program's own; `show_graphics` shows it. A
    second call returns the first one's display. Needs a program that was started by `fred workspace run`; saved together they are by `fred workspace save`. Raises NotEnabled;
    NotDurable under `fred python`; GraphicsFailed when there is no such server.
    """
    return _current().start_graphics(geometry)


def show_graphics() -> str:
    """Opens a window that shows the screen of `start_graphics`, on the display where the program was started or opened last, and returns the screen's socket.

    Closing the window does not disturb the program. Raises GraphicsFailed when there is no display or no viewer, with what to do by hand.
    """
    return _current().show_graphics()


def load_ipython_extension(shell: Any) -> None:
    """For IPython's `%load_ext fred`: the magics %checkpoint, %sessions, %restore and %save_workspace."""
    from ._ipython import load
    load(shell)
