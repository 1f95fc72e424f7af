"""IPython: magics, and a history database that survives.

What is hard is the database. DMTCP cuts files that were open for writing back to the length they had, so a database that is open in an image loses, at a restart, what the user has typed
elsewhere since. So it is closed while a checkpoint is taken. A restored shell continues it as a new session, because the old one's next lines are taken.
"""

import functools
import json
import os
import shlex
from typing import Any, Callable, Dict, List

from . import _hooks
from ._engines import current
from ._errors import BadName, FredError

_MOST_CONFIGURATION = 1 << 20

_attached: List[Any] = []


def attach(shell: Any) -> None:
    """Has a shell prepare for checkpoints. Once a shell."""
    if shell in _attached:
        return
    _attached.append(shell)
    profile: Dict[str, bytes] = {}

    def close() -> None:
        profile.clear()
        profile.update(_configuration(shell.profile_dir.location))
        _close_history(shell.history_manager)

    def restarted() -> None:
        _bring_back(shell.profile_dir.location, profile)
        _open_history(shell.history_manager)
        if shell.history_manager.enabled:
            shell.history_manager.new_session()

    _hooks.before_checkpoint(close)
    _hooks.on_resume(lambda: _open_history(shell.history_manager))
    _hooks.on_failure(lambda: _open_history(shell.history_manager))
    _hooks.on_restart(restarted)


def attach_running() -> None:
    """Attaches the shell that this program is, if it is one."""
    import sys
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None and hasattr(module, "get_ipython") else None
    if shell is not None and getattr(shell, "history_manager", None) is not None:
        attach(shell)


def load(shell: Any) -> None:
    """Adds the magics to a shell."""
    attach(shell)
    for magic in (checkpoint, sessions, restore, save_workspace):
        shell.register_magic_function(_without_traceback(magic), "line", magic.__name__)


def _without_traceback(magic: Callable[[str], Any]) -> Callable[[str], Any]:
    """What the user can mend is said in a line; an exception of the program's own, as from a hook, is shown as it is."""
    from IPython.core.error import UsageError

    @functools.wraps(magic)
    def call(line: str) -> Any:
        try:
            return magic(line)
        except FredError as error:
            raise UsageError(str(error)) from None

    return call


def _words(line: str, usage: str, least: int, most: int) -> List[str]:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise BadName("%s: %s" % (usage, error)) from None
    if not least <= len(words) <= most:
        raise BadName("usage: " + usage)
    return words


def checkpoint(line: str) -> str:
    """%checkpoint [NAME]: saves this shell as it is; %restore NAME goes back to it."""
    import fred
    return fred.checkpoint(*_words(line, "%checkpoint [NAME]", 0, 1))


def sessions(line: str) -> None:
    """%sessions: what %restore can go back to."""
    import time
    _words(line, "%sessions", 0, 0)
    found = current().sessions()
    if not found:
        print("No sessions. %checkpoint makes one.")
    for each in found:
        print("%-24s %s %8.1f MB" % (each.id, time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(each.created)), each.size / 1e6))


def restore(line: str) -> None:
    """%restore NAME [KEY=VALUE ...]: gives this shell up for the saved one; fred.restart_arguments() there has the values (JSON, else text)."""
    import fred
    usage = "%restore NAME [KEY=VALUE ...]; %sessions lists the names"
    words = _words(line, usage, 1, 1000)
    arguments: Dict[str, Any] = {}
    for each in words[1:]:
        key, given, value = each.partition("=")
        if not given or not key.isidentifier():
            raise BadName("%r is no KEY=VALUE. usage: %s" % (each, usage))
        try:
            arguments[key] = json.loads(value)
        except ValueError:
            arguments[key] = value
    fred.restore(words[0], **arguments)


def save_workspace(line: str) -> str:
    """%save_workspace PATH: saves this shell in a directory, for `fred workspace open PATH`."""
    import fred
    return fred.save_workspace(*_words(line, "%save_workspace PATH", 1, 1))


def _close_history(history: Any) -> None:
    if history.enabled:
        history.save_thread.stop()
        history.writeout_cache()
        history.db.close()


def _open_history(history: Any) -> None:
    if history.enabled:
        history.init_db()
        history.save_thread = type(history.save_thread)(history)
        history.save_thread.start()


def _configuration(folder: str) -> Dict[str, bytes]:
    """The user's own files of a profile, by relative path."""
    found: Dict[str, bytes] = {}
    room = _MOST_CONFIGURATION
    for base, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if each not in ("db", "log", "pid", "security", "__pycache__")]
        for name in names:
            path = os.path.join(base, name)
            if name.endswith((".py", ".ipy", ".json")) and os.path.isfile(path) and os.path.getsize(path) <= room:
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder)] = file.read()
                room -= len(found[os.path.relpath(path, folder)])
    return found


def _bring_back(folder: str, files: Dict[str, bytes]) -> None:
    """Writes a profile that is gone. One that is there is newer, and is the user's."""
    if os.path.isdir(folder):
        return
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
