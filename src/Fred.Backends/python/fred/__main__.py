"""`fred workspace`, from the shell: programs under DMTCP, each with a coordinator of its own, and their images."""

import argparse
import ctypes
import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from typing import Any, Dict, List, NoReturn, Optional

if __package__ in (None, ""):  # run by its path: nothing else of this directory may be found by the names of its files
    sys.path[:] = [each for each in sys.path if os.path.abspath(each) != os.path.dirname(os.path.abspath(__file__))]
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from fred import _coordinator, _store  # noqa: E402
from fred._dmtcp import ARGUMENTS, tool  # noqa: E402
from fred._errors import CheckpointFailed, DmtcpMissing, FredError, ImageUnusable, NoSuchSession  # noqa: E402
from fred._graphics import viewers  # noqa: E402
from fred._network import enter_private_network, listening_ports, taken_ports  # noqa: E402

_NO_RANDOM_ADDRESSES = 0x0040000  # personality(2): ADDR_NO_RANDOMIZE
_OLDEST = 5
_SAVE_TIMEOUT = 600
_WIDEST = 100  # characters of a program in a list
_DESCRIPTORS = 1024  # DMTCP keeps some of its own above 800
_IDS = ((DmtcpMissing, "DmtcpMissing"), (ImageUnusable, "ImageUnusable"), (NoSuchSession, "NoSuchName"))
"""Names of errors, as in docs/messages.md."""


def main(words: List[str]) -> int:
    """Carries out one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="fred workspace", description="Programs that can be saved as they are, and opened again: in another terminal, after a reboot. Needs DMTCP.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    run = verbs.add_parser("run", help="start a program so that it can be saved: fred workspace run [--name NAME] -- ipython3")
    run.add_argument("--name", help="the workspace's name (default: the program's)")
    run.add_argument("--interval", type=int, default=0, metavar="SECONDS", help="save it by itself, every so many seconds")
    run.add_argument("program", nargs=argparse.REMAINDER, metavar="-- PROGRAM ...")
    save = verbs.add_parser("save", help="save a running program; it goes on")
    save.add_argument("name", nargs="?", help="which (default: the only one that runs)")
    opened = verbs.add_parser("open", help="start a saved program again where it was saved")
    opened.add_argument("workspace", help="a name, or a directory")
    opened.add_argument("--arguments", default="{}", metavar="JSON", help="what fred.restart_arguments() returns there")
    opened.add_argument("--private-network", action="store_true", help="in a network of its own, with a loopback device only: its servers have their ports again, whoever uses them meanwhile")
    opened.add_argument("--left", default="", help=argparse.SUPPRESS)  # where the program ran until now, of fred.restore()
    listed = verbs.add_parser("list", help="list workspaces")
    listed.add_argument("--json", action="store_true", help="as one JSON document")
    remove = verbs.add_parser("rm", help="remove workspaces")
    remove.add_argument("names", nargs="+")
    keep = verbs.add_parser("keep")  # what run --interval starts
    keep.add_argument("seconds", type=int)
    keep.add_argument("workspace")
    given = parser.parse_args(words)
    store = _store.Store(_store.default_root())
    try:
        if given.verb == "run":
            program = given.program[1:] if given.program[:1] == ["--"] else given.program
            if not program:
                run.error("name a program: fred workspace run -- ipython3")
            _run(store, given.name, given.interval, program)
        if given.verb == "open":
            _open(_directory(store, given.workspace), given.arguments, given.private_network, given.left)
        return {"save": lambda: _save(store, given.name), "list": lambda: _list(store, given.json), "keep": lambda: _keep(given.workspace, given.seconds), "rm": lambda: _remove(store, given.names)}[given.verb]()
    except ValueError as error:
        return _fail(2, error, "Usage")
    except FredError as error:
        return _fail(3, error, next((name for kind, name in _IDS if isinstance(error, kind)), "DmtcpFailed"))
    except OSError as error:
        return _fail(3, "%s: %s" % (error.filename or "fred workspace", error.strerror), "LaunchFailed")


def _fail(status: int, what: Any, identity: str) -> int:
    print("fred: %s [%s]" % (what, identity), file=sys.stderr)
    return status


def _launcher(name: str) -> str:
    """A program of DMTCP's that starts something, of a version that is known to work."""
    found = tool(name)
    told = subprocess.run([found, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=False).stdout
    version = re.search(r"\(DMTCP\) (\d+)\.(\d+)", told)
    if version is None or int(version.group(1)) < _OLDEST:
        raise DmtcpMissing("%s is of version %s; DMTCP %d.0 or newer is needed" % (found, version.group(0)[8:] if version else "unknown", _OLDEST))
    return found


# -- starting -----------------------------------------------------------------------------------------------------------------


def _run(store: _store.Store, name: Optional[str], interval: int, program: List[str]) -> NoReturn:
    launch, found = _launcher("dmtcp_launch"), shutil.which(program[0])
    if found is None:
        raise ValueError("%s was not found; name a program on PATH, or a file that can be executed" % program[0])
    taken = _names(store)
    if name in taken:
        raise ValueError("there is a workspace %s already: fred workspace open %s, or fred workspace rm %s" % (name, name, name))
    path = store.path(store.reserve(name) if name is not None else _reserve_like(store, os.path.basename(program[0])))
    _store.describe(path, id=os.path.basename(path), path=path, program=" ".join(program), directory=os.getcwd(), created=time.time(), interval=interval)
    options = ["-q", "-q", "--no-gzip", "--ckptdir", path, "--tmpdir", path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [os.path.dirname(os.path.dirname(os.path.abspath(__file__))), os.environ.get("PYTHONPATH")]))}
    display = ["env", "DISPLAY=" + os.environ["DISPLAY"]] if os.environ.get("DISPLAY") else []  # dmtcp_launch takes it away
    try:
        _become(path, [launch] + options, display + [found] + program[1:], environment, interval)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise


def _reserve_like(store: _store.Store, program: str) -> str:
    """A workspace with the program's name, numbered when there is one already."""
    base = "".join(each if each.isalnum() or each in "._-" else "-" for each in program).lstrip("._-")[:50] or "program"
    number = 1
    while True:
        try:
            return store.reserve(base if number == 1 else "%s-%d" % (base, number))
        except ValueError:
            number += 1


def _open(path: str, arguments: str, private_network: bool, left: str) -> NoReturn:
    _require_object(arguments)
    restart, images = _launcher("dmtcp_restart"), _store.check(path)
    if private_network:
        enter_private_network()  # the coordinator, too
    taken = taken_ports((_store.read(path) or {}).get("ports") or [])
    if taken:  # DMTCP goes on all the same, which will do for a server that has all its clients
        print("fred: port %s is in use here, or was within the last minute; the program, which listens there, gets another one, on all addresses. --private-network gives it its own."
              % ", ".join(map(str, taken)), file=sys.stderr, flush=True)
    # DMTCP puts the program's memory where it was, over its own: with addresses chosen at random they collide now and then, and the restored program dies.
    ctypes.CDLL(None).personality(_NO_RANDOM_ADDRESSES)
    _become(path, [restart, "-q", "-q", "--no-strict-checking", "--tmpdir", path], images, {**os.environ, ARGUMENTS: arguments}, 0, left)


def _require_object(text: str) -> None:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError("--arguments %s: that is no JSON (%s)" % (text, error)) from None
    if not isinstance(found, dict):
        raise ValueError("--arguments %s: an object is needed, as in '{\"rate\": 0.1}'" % text)


def _become(path: str, launcher: List[str], rest: List[str], environment: Dict[str, str], interval: int, left: str = "") -> NoReturn:
    """This process becomes the program."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _DESCRIPTORS:
        if hard != resource.RLIM_INFINITY and hard < _DESCRIPTORS:
            raise CheckpointFailed("this shell may open %d files (ulimit -n) where DMTCP needs %d" % (hard, _DESCRIPTORS))
        resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, hard))
    port = _coordinator.start(tool("dmtcp_coordinator"), path)
    _store.leave(left)
    _store.enter(path, port)
    if interval:
        _coordinator.spawn_detached([sys.executable, "-I", "-S", "-B", os.path.abspath(__file__), "keep", str(interval), path], os.path.join(path, "keep.log"))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.closerange(3, 800)  # what else the shell left open would be part of the images
    environment["JALIB_STDERR_PATH"] = os.path.join(path, "dmtcp.log")
    os.execve(launcher[0], launcher + ["-j", "-p", str(port)] + rest, environment)


# -- the others ---------------------------------------------------------------------------------------------------------------


def _directory(store: _store.Store, name: str) -> str:
    """A workspace by its name or path."""
    return os.path.abspath(name) if os.sep in name or os.path.isdir(name) and not os.path.isdir(store.path(name)) else store.require(name)


def _names(store: _store.Store) -> List[str]:
    """The workspaces; those whose program has ended without being saved are removed by the way."""
    found = []
    for name in sorted(os.listdir(store.root)) if os.path.isdir(store.root) else []:
        path = store.path(name)
        if _store.has_ended_unsaved(path):
            store.remove(name)
        elif _store.read(path) is not None:
            found.append(name)
    return found


def _save(store: _store.Store, name: Optional[str]) -> int:
    if name is None:
        running = [each for each in _names(store) if _store.running(store.path(each))]
        if len(running) != 1:
            raise ValueError("name one of those that run: %s" % ", ".join(running) if running else "no program runs that could be saved; fred workspace run starts one")
        name = running[0]
    path = _directory(store, name)
    processes = _store.running(path)
    if len(processes) != 1:
        raise ValueError("%s runs %d times, as process %s: end all but the one to be saved" % (name, len(processes), _store.pids(processes)) if processes else "nothing runs in %s; fred workspace open starts it" % path)
    _write(path, processes[0])
    print("%s: %.1f MB in %s" % (name, _store.total_size(path) / 1e6, path))
    return 0


def _write(path: str, process: Dict[str, Any]) -> None:
    """Has the images of a running workspace written. The program goes on, also when it fails."""
    dmtcp_command, port = tool("dmtcp_command"), process["port"]
    processes = _coordinator.processes(dmtcp_command, port)
    _store.require_room(path, processes)
    looked_at = viewers(path, process["pid"])
    if looked_at:
        raise CheckpointFailed("a viewer shows the program's screen (%s), and DMTCP would wait for its answer for ever: close it, save, and show the screen again" % looked_at[0])
    command = [dmtcp_command, "-p", str(port), "--json", "-bc"]
    ports = listening_ports(processes)
    older = {each: os.stat(each).st_mtime_ns for each in _store.images(path)}
    try:
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True, timeout=_SAVE_TIMEOUT, check=False).stdout
        status = json.loads(answer).get("command_status")
    except (subprocess.TimeoutExpired, ValueError):
        status = "no answer"
    if status != "DMT_COORD_SUCCESS":
        raise CheckpointFailed("the program could not be saved (%s); what DMTCP said is in %s" % (
            {"DMT_COORD_NOT_FOUND": "its coordinator is gone", "DMT_COORD_NOT_RUNNING": "it is just being started or saved, or is ending"}.get(status, status), os.path.join(path, "dmtcp.log")))
    for image, written in older.items():
        if os.stat(image).st_mtime_ns == written:  # of a process that has ended since
            os.remove(image)
    _store.complete(path, ports)


def _keep(path: str, seconds: int) -> int:
    """Saves a workspace again and again until its program ends. DMTCP could do that by itself, but ends the program when there is no room."""
    process = next(iter(_store.running(path)), None)
    if process is None:
        return 0
    ended = os.pidfd_open(process["pid"])
    while ended not in select.select([ended], [], [], seconds)[0]:
        try:
            _write(path, process)
        except FredError as error:
            print("fred: %s" % error, file=sys.stderr, flush=True)
    return 0


def _list(store: _store.Store, as_json: bool) -> int:
    found = []
    for name in _names(store):
        path, facts = store.path(name), _store.read(store.path(name)) or {}
        processes = [each["pid"] for each in _store.running(path)]
        found.append({"name": name, "program": facts.get("program"), "saved": facts.get("saved") or None, "bytes": _store.total_size(path), "pid": processes[0] if processes else None, "pids": processes, "path": path})
    if as_json:
        print(json.dumps(found, indent=1))
        return 0
    if not found:
        print("No workspaces. fred workspace run -- ipython3 starts a program that can be saved.")
    for each in found:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(each["saved"])) if each["saved"] else "not saved"
        print("%-20s %-16s %7.1f MB  %-13s %s" % (each["name"], when, each["bytes"] / 1e6, "runs: " + ", ".join(map(str, each["pids"])) if each["pids"] else "", " ".join(str(each["program"]).split())[:_WIDEST]))
    return 0


def _remove(store: _store.Store, names: List[str]) -> int:
    for name in names:
        store.remove(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
