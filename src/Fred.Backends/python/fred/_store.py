"""Images on disk: one directory each, with the image, DMTCP's `image_files` and a description. `fred workspace` reads the same.

An image knows its own path, so a directory is never moved. It is complete when its description has sizes, which are written last.
"""

import contextlib
import json
import os
import re
import shutil
import time
from typing import Any, Dict, Iterator, List, Optional

from ._coordinator import is_running, start_time
from ._errors import BadName, CheckpointFailed, ImageUnusable, NoSuchSession, SessionInUse
from ._sessions import Session, new_id

IMAGE = "image.dmtcp"
DESCRIPTION = "session.json"
_RUNS = re.compile(r"run-\d+\.json\Z")
_MAGIC = b"DMTCP_CHECKPOINT_IMAGE"
_SMALLEST = 8192
_OWN_BYTES = 40 << 20  # what an image holds besides the program's memory


def default_root() -> str:
    """$FRED_WORKSPACES, or `fred/workspaces` in the user's data directory."""
    data = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return os.path.abspath(os.environ.get("FRED_WORKSPACES") or os.path.join(data, "fred", "workspaces"))


def create(path: str) -> str:
    """Makes the directory of an image, readable by its owner only; returns its absolute path. ValueError: there is something in it."""
    path = os.path.abspath(path)
    if os.path.isdir(path) and not os.listdir(path):
        os.chmod(path, 0o700)
        return path
    if os.path.lexists(path):
        raise BadName("%s is not empty; choose another directory, or remove it" % path)
    os.makedirs(path, mode=0o700)
    return path


def describe(folder: str, **facts: Any) -> None:
    """Adds to an image's description."""
    known = read(folder) or {}
    known.update(facts)
    temporary = os.path.join(folder, DESCRIPTION + ".new")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(known, file, indent=1)
        file.write("\n")
    os.replace(temporary, os.path.join(folder, DESCRIPTION))


def read(path: str) -> Optional[Dict[str, Any]]:
    """An image's description; None when there is none that can be read."""
    try:
        with open(os.path.join(path, DESCRIPTION), encoding="utf-8") as file:
            found = json.load(file)
        return found if isinstance(found, dict) else None
    except (OSError, ValueError):
        return None


def images(path: str) -> List[str]:
    """The images in a directory: one for each process of the program."""
    return sorted(os.path.join(path, name) for name in os.listdir(path) if name.endswith(".dmtcp")) if os.path.isdir(path) else []


def complete(path: str, ports: List[int]) -> None:
    """Notes that the images in a directory are all written. `ports`: on which the program listens."""
    describe(path, ports=ports, saved=time.time(), cleared=False, sizes={os.path.basename(each): os.stat(each).st_size for each in images(path)})


def check(path: str) -> List[str]:
    """The images in a directory. ImageUnusable: they cannot be restored, and why."""
    facts, found = read(path), images(path)
    if facts is None:
        raise ImageUnusable("%s is no workspace: its %s is missing or damaged" % (path, DESCRIPTION))
    sizes = facts.get("sizes") or {}
    if not found and not sizes:
        raise ImageUnusable("nothing was saved in %s yet; `fred workspace save` does" % path)
    if facts.get("path") != path:
        raise ImageUnusable("%s was saved as %s: an image cannot be moved. Move it back." % (path, facts.get("path")))
    for name in sizes:
        if os.path.join(path, name) not in found:
            raise ImageUnusable("the image %s is missing; what is left in %s cannot be restored" % (name, path))
    for image in found:
        try:
            stat = os.stat(image)
            with open(image, "rb") as file:
                start = file.read(len(_MAGIC))
        except OSError as error:
            raise ImageUnusable("the image %s cannot be read: %s" % (image, error.strerror)) from None
        written = sizes.get(os.path.basename(image), stat.st_size)
        unnoted = bool(facts.get("interval"))  # DMTCP has written it by itself
        if start != _MAGIC:
            raise ImageUnusable("the image %s is damaged: it does not begin like one" % image)
        if stat.st_size < _SMALLEST or (stat.st_size != written and not unnoted):
            raise ImageUnusable("the image %s is damaged: it has %d bytes where %d were written" % (image, stat.st_size, written))
    return found


def require_room(path: str, processes: List[str]) -> None:
    """DMTCP ends a program when the disk is full while it writes. CheckpointFailed: the images of these processes (as /proc names them) may not find room in a directory."""
    needed = 0
    for process in processes:
        try:
            with open("/proc/%s/statm" % process) as file:
                resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            needed += resident + resident // 2 + _OWN_BYTES
        except (OSError, IndexError):
            pass  # it has just ended
    disk = os.statvfs(path)
    room = disk.f_bavail * disk.f_frsize
    if room < needed:
        raise CheckpointFailed("%s has room for %d MB where the image may need %d MB; free some, or set FRED_WORKSPACES to another disk" % (path, room >> 20, needed >> 20))


def clear(path: str) -> None:
    """Removes what was saved in a directory, but not the directory."""
    describe(path, sizes={}, saved=None, cleared=True)
    for image in images(path):
        os.remove(image)
        shutil.rmtree(image[:-len(".dmtcp")] + "_files", ignore_errors=True)


def enter(path: str, port: int) -> None:
    """Notes that this process is, or becomes, a program that runs in a directory. Those that have ended are forgotten."""
    me, alive = os.getpid(), [each["pid"] for each in running(path)]
    for name in _runs(path):
        if name not in ["run-%d.json" % each for each in alive]:
            with contextlib.suppress(FileNotFoundError):  # opened twice at once
                os.remove(os.path.join(path, name))
    with open(os.path.join(path, "run-%d.json" % me), "w", encoding="utf-8") as file:
        json.dump({"pid": me, "started": start_time(me), "port": port}, file)


def leave(path: str) -> None:
    """The program that this process was has been given up for another session's. Does nothing to a directory that is none of ours."""
    own = os.path.join(path, "run-%d.json" % os.getpid())
    if _same(str((read(path) or {}).get("path")), path) and os.path.exists(own):
        os.remove(own)
        if not images(path) and not running(path):
            shutil.rmtree(path, ignore_errors=True)


def running(path: str) -> List[Dict[str, Any]]:
    """Process and port of each program that runs in a directory: several, when it was opened more than once."""
    found = []
    for name in _runs(path):
        try:
            with open(os.path.join(path, name), encoding="utf-8") as file:
                process = json.load(file)
            if is_running(process["pid"], process["started"]):
                found.append(process)
        except (OSError, ValueError, KeyError):
            pass
    return found


def has_ended_unsaved(path: str) -> bool:
    """Whether a program has run in a directory, but does not now, and there is no image."""
    return bool(_runs(path)) and not images(path) and not running(path)


def _runs(path: str) -> List[str]:
    return sorted(each for each in os.listdir(path) if _RUNS.match(each)) if os.path.isdir(path) else []


def pids(processes: List[Dict[str, Any]]) -> str:
    return ", ".join(str(each["pid"]) for each in processes)


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def total_size(path: str) -> int:
    return sum(os.stat(each).st_size for each in images(path))


class Store:
    """The sessions in one directory."""

    def __init__(self, root: str) -> None:
        self.root = root

    def reserve(self, name: Optional[str], home: str = "") -> str:
        """Makes the directory of a new session and returns its id. `home`: one that the program has cleared before and runs in (see remove), which may have its name again."""
        os.makedirs(self.root, mode=0o700, exist_ok=True)
        if isinstance(name, str) and _same(self.path(name), home) and (read(home) or {}).get("cleared"):
            return name
        while True:
            session = new_id(name, os.listdir(self.root))  # names that begin with a dot are none
            try:
                os.mkdir(self.path(session), 0o700)
                return session
            except FileExistsError:
                pass  # another program was quicker; a given name is refused the next time round

    def path(self, session: str) -> str:
        return os.path.join(self.root, session)

    def sessions(self) -> List[Session]:
        """The complete ones, oldest first."""
        return sorted(self._complete(), key=lambda each: each.created)

    def _complete(self) -> Iterator[Session]:
        for name in os.listdir(self.root) if os.path.isdir(self.root) else []:
            facts = read(self.path(name))
            if facts is not None and facts.get("sizes"):
                yield Session(name, float(facts.get("created") or 0), self.path(name), total_size(self.path(name)))

    def require(self, session: str) -> str:
        """The directory of a session. NoSuchSession."""
        if session in ("", ".", "..") or os.sep in session or not os.path.isdir(self.path(session)):
            raise NoSuchSession("there is no session %r in %s; fred.list_sessions(), or fred workspace list, lists them" % (session, self.root))
        return self.path(session)

    def remove(self, session: str, home: str = "") -> None:
        """NoSuchSession; SessionInUse: another program runs in it. `home`: the directory in which the caller's program runs itself; of that only the image goes."""
        path = self.require(session)
        if _same(path, home):
            clear(path)
            return
        processes = running(path)
        if processes:
            raise SessionInUse("%s: it runs, as process %s; end it first" % (session, pids(processes)))
        shutil.rmtree(path)
