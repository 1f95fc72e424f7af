"""DMTCP's coordinator: one for each program that runs under it, on a port of its own, gone with the program.

What is hard is its speed: it answers in small messages, which wait for each other for 40 ms each unless its socket is told otherwise, which it does not do itself. Sockets it accepts
inherit that from the one it listens on, so it is enough to reach that one once, from outside, before anyone connects.
"""

import ctypes
import os
import re
import select
import socket
import subprocess
from typing import List

from ._errors import CheckpointFailed

_PIDFD_GETFD = 438
_PATIENCE = 10.0


def start(program: str, folder: str) -> int:
    """Starts one that ends with its last program, and returns its port. `program`: dmtcp_coordinator; `folder`: for its files, which it leaves behind. CheckpointFailed."""
    port_file, log = os.path.join(folder, "port-%d" % os.getpid()), os.path.join(folder, "coordinator.log")
    if os.path.lexists(port_file):
        os.remove(port_file)
    os.mkfifo(port_file, 0o600)
    reader = os.open(port_file, os.O_RDONLY | os.O_NONBLOCK)
    try:
        command = ["/usr/bin/env", "DMTCP_TMPDIR=" + folder, program, "-q", "-q", "--exit-on-last", "-p", "0", "--port-file", port_file, "--ckptdir", folder, "--tmpdir", folder, "--stale-timeout", "60", "--coord-logfile", log]
        pid = spawn_detached(command, log)
        text = _first_line(reader, pid)
    finally:
        os.close(reader)
        os.remove(port_file)
    if not text.isdigit():
        raise CheckpointFailed("dmtcp_coordinator did not start: %s" % (_tail(log) or "it said nothing"))
    _send_at_once(pid)
    return int(text)


def processes(command: str, port: int) -> List[str]:
    """The pids of what runs under a coordinator. `command`: dmtcp_command. Empty when it does not answer."""
    try:
        told = subprocess.run([command, "-p", str(port), "-l"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=_PATIENCE, check=False).stdout
    except subprocess.TimeoutExpired:
        return []
    return re.findall(r"\[\d+:(\d+)\]@", told)  # PROGRAM[pid in the program's eyes:pid]@HOST


def spawn_detached(command: List[str], log: str) -> int:
    """The pid of a process that is nobody's child: the program that comes after us must not find one it did not start."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            grandchild = os.fork()
            if grandchild == 0:
                null, out = os.open(os.devnull, os.O_RDWR), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                os.dup2(null, 0)
                os.dup2(out, 1)
                os.dup2(out, 2)
                os.closerange(3, 64)
                os.execv(command[0], command)
            os.write(writer, b"%d" % grandchild)
        finally:
            os._exit(0)
    os.close(writer)
    text = os.read(reader, 32)
    os.close(reader)
    os.waitpid(child, 0)
    if not text:
        raise CheckpointFailed("dmtcp_coordinator could not be started: no process could be made")
    return int(text)


def _first_line(reader: int, pid: int) -> str:
    """What the coordinator writes into its pipe; "" when it ends or does nothing."""
    try:
        ended = os.pidfd_open(pid)
    except OSError:
        return ""
    try:
        ready, _, _ = select.select([reader, ended], [], [], _PATIENCE)
        return os.read(reader, 32).decode().strip() if reader in ready else ""
    finally:
        os.close(ended)


def _send_at_once(pid: int) -> None:
    """TCP_NODELAY on the sockets of a process. Not allowed everywhere; without it, it is slower."""
    library = ctypes.CDLL(None)
    try:
        process = os.pidfd_open(pid)
        names = os.listdir("/proc/%d/fd" % pid)
    except OSError:
        return
    for name in names:
        try:
            if not os.readlink("/proc/%d/fd/%s" % (pid, name)).startswith("socket:"):
                continue
            descriptor = library.syscall(_PIDFD_GETFD, process, int(name), 0)
            if descriptor >= 0:
                with socket.socket(fileno=descriptor) as connection:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            pass
    os.close(process)


def _tail(path: str) -> str:
    try:
        with open(path, errors="replace") as file:
            return " ".join(file.read().replace("dmtcp> ", "").split())[-300:]
    except OSError:
        return ""


def is_running(pid: int, started: str) -> bool:
    """Whether the process that had this pid then still has it. `started`: as `start_time` gave it."""
    return start_time(pid) == started


def start_time(pid: int) -> str:
    """When a process began, in ticks since the machine did; "" when there is none."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[19]
    except OSError:
        return ""
