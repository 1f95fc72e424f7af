"""Checkpoints of DMTCP, from inside a program that runs under it. Written for DMTCP 5.0; its functions are in the process already (LD_PRELOAD).

What is hard is that its failures end the process instead of being reported, so everything that can be known before is checked before; and that a restored program
has the environment of the saved one: what the restarting side wants to say is in a descriptor of DMTCP's.
"""

import ctypes
import json
import os
import shutil
import socket
import sys
import time
from types import FrameType
from typing import Any, Dict, List, NoReturn, Optional

from . import _graphics, _store
from ._engines import Engine
from ._errors import CheckpointFailed, DmtcpMissing, GraphicsFailed
from ._hooks import state
from ._network import listening_ports
from ._sessions import Session

_AFTER_CHECKPOINT, _AFTER_RESTART = 1, 2
_COORDINATOR_FD = 821
ARGUMENTS = "FRED_RESTART"

_library: Optional[ctypes.CDLL] = None


def present() -> bool:
    """Whether this process runs under DMTCP."""
    global _library
    if _library is None:
        try:
            library = ctypes.CDLL(None)
            if library.dmtcp_is_enabled() != 1:
                return False
            library.dmtcp_set_ckpt_file.argtypes = [ctypes.c_char_p]
            library.dmtcp_set_ckpt_file.restype = None
            library.dmtcp_get_ckpt_filename.restype = ctypes.c_char_p
        except (AttributeError, OSError):
            return False
        _library = library
    return True


def find(name: str) -> Optional[str]:
    """One of DMTCP's programs: of the installation in $FRED_DMTCP (its root or its bin), else on PATH. None: there is none."""
    home = os.environ.get("FRED_DMTCP")
    if not home:
        return shutil.which(name)
    paths = (os.path.join(home, name), os.path.join(home, "bin", name))
    return next((each for each in paths if os.access(each, os.X_OK) and os.path.isfile(each)), None)


def tool(name: str) -> str:
    """The same; DmtcpMissing when there is none."""
    found = find(name)
    if found is None:
        raise DmtcpMissing("%s was not found: put DMTCP's programs on PATH, or set FRED_DMTCP to where it is installed" % name)
    return found


class Images(Engine):
    """Sessions are directories in the store; those of `save_workspace` are wherever the program wants them."""

    def __init__(self) -> None:
        self._store = _store.Store(_store.default_root())
        self._screen: Optional[_graphics.Screen] = None

    def checkpoint(self, name: Optional[str], caller: FrameType) -> str:
        session = self._store.reserve(name, self._home())
        path = self._store.path(session)
        try:
            restarted = self._take(path, session)
        except BaseException:
            self.remove(session)
            raise
        state.end(restarted, _handed_over() if restarted else {})
        return session

    def save(self, path: str, caller: FrameType) -> str:
        path = _store.create(path)
        try:
            restarted = self._take(path, os.path.basename(path))
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        state.end(restarted, _handed_over() if restarted else {})
        return path

    def restore(self, session: str, arguments: Dict[str, Any]) -> NoReturn:
        path = self._store.require(session)
        _store.check(path)
        plain, _ = tool("dmtcp_nocheckpoint"), tool("dmtcp_restart")
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        # The same process, outside of DMTCP, becomes the restored one: same pid for whoever started it, same streams.
        command = [sys.executable, "-I", "-S", "-B", os.path.join(os.path.dirname(os.path.abspath(__file__)), "__main__.py"), "open", "--arguments", json.dumps(arguments), "--left", self._home(), path]
        try:
            os.execv(plain, ["dmtcp_nocheckpoint"] + command)
        except OSError as error:
            raise CheckpointFailed("%s cannot be run: %s" % (plain, error.strerror)) from None

    def sessions(self) -> List[Session]:
        return self._store.sessions()

    def remove(self, session: str) -> None:
        self._store.remove(session, self._home())

    def _home(self) -> str:
        """The directory that this program was started or restarted in: it has the coordinator's files, and is needed until the program ends."""
        assert _library is not None
        return os.path.dirname(os.fsdecode(_library.dmtcp_get_ckpt_filename()))

    def start_graphics(self, geometry: str) -> str:
        if self._screen is None or not self._screen.is_running():
            self._screen = _graphics.start(geometry, self._home())
        return self._screen.display

    def show_graphics(self) -> str:
        if self._screen is None:
            raise GraphicsFailed("there is no screen to show; fred.start_graphics() makes one")
        return self._screen.show({name: value for name in _graphics.VARIABLES for value in [_restarters(name)] if value is not None})

    def hold(self) -> None:
        assert _library is not None
        _library.dmtcp_disable_ckpt()

    def release(self) -> None:
        assert _library is not None
        _library.dmtcp_enable_ckpt()

    def _take(self, path: str, session: str) -> bool:
        """Writes the image into a directory; whether this is the restored program."""
        assert _library is not None
        others = _children()
        if others:  # an image each, and where theirs go only the side that started them can say
            raise CheckpointFailed("the program has %d processes, and this call saves one; `fred workspace save` from outside saves all of them as one, if the program was started by `fred workspace run`" % (1 + len(others)))
        state.begin()
        try:
            _store.require_room(path, ["self"])
            _store.describe(path, id=session, path=path, program=sys.argv[0] if sys.argv else "", directory=os.getcwd(), created=time.time(), python=sys.version.split()[0], machine=list(os.uname()))
        except BaseException:
            state.failed()
            raise
        image = os.path.join(path, _store.IMAGE)
        usual = _library.dmtcp_get_ckpt_filename()
        _send_at_once()
        _library.dmtcp_set_ckpt_file(os.fsencode(image))
        outcome = _library.dmtcp_checkpoint()
        if outcome == _AFTER_RESTART:
            _send_at_once()
            _library.dmtcp_set_ckpt_file(os.fsencode(image))  # what is saved from outside now replaces the image that this came from
            return True
        _library.dmtcp_set_ckpt_file(usual)
        if outcome != _AFTER_CHECKPOINT or not os.path.exists(image):
            state.failed()
            raise CheckpointFailed("DMTCP took no checkpoint (its answer was %d); its coordinator may be busy or gone" % outcome)
        _store.complete(path, listening_ports(["self"]))
        return False


def _children() -> List[str]:
    """The processes that this one has started and that have not ended. (DMTCP's own count hangs in a restored program: dmtcp_get_coordinator_status waits for a lock that nobody gives back.)"""
    found = []
    for task in os.listdir("/proc/self/task"):
        try:
            with open("/proc/self/task/%s/children" % task) as file:
                found += file.read().split()
        except OSError:
            pass  # a thread that has just ended
    return [each for each in found if not _has_ended(each)]


def _has_ended(pid: str) -> bool:
    try:
        with open("/proc/%s/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _send_at_once() -> None:
    """DMTCP talks to its coordinator in small messages, which wait for each other for 40 ms each when the kernel collects them."""
    assert _library is not None
    on = ctypes.c_int(1)
    _library.setsockopt(_COORDINATOR_FD, socket.IPPROTO_TCP, socket.TCP_NODELAY, ctypes.byref(on), ctypes.sizeof(on))  # when it fails it is slower, not wrong


def _handed_over() -> Dict[str, Any]:
    """What the side that restarted this program has to say to it."""
    try:
        found = json.loads(_restarters(ARGUMENTS) or "{}")
        return found if isinstance(found, dict) else {}
    except ValueError:
        return {}


def _restarters(variable: str) -> Optional[str]:
    """A variable of the environment in which the program was restarted; None when it is not set there, or nothing was restarted."""
    assert _library is not None
    try:
        block = os.pread(_library.dmtcp_protected_environ_fd(), 1 << 20, 0)
    except OSError:
        return None
    for entry in block.split(b"\0"):
        name, _, value = entry.partition(b"=")
        if name == os.fsencode(variable):
            return os.fsdecode(value)
    return None
