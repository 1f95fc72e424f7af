"""Ports of restored servers: which they had, and a network of one's own, where they have them again, whoever else uses them meanwhile."""

import ctypes
import fcntl
import os
import socket
import struct
from typing import Iterable, List

from ._errors import CheckpointFailed

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_LISTENING = "0A"
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1


def enter_private_network() -> None:
    """Moves this process into a network namespace with nothing but a loopback device. CheckpointFailed: the system does not allow it."""
    user, group = os.getuid(), os.getgid()
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_CLONE_NEWNET) != 0 and library.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        raise CheckpointFailed("this system does not allow a private network (%s); open the workspace without --private-network" % os.strerror(ctypes.get_errno()))
    if os.getuid() != user:  # in a user namespace nobody is anybody until it is said
        for name, text in (("setgroups", "deny"), ("uid_map", "%d %d 1" % (user, user)), ("gid_map", "%d %d 1" % (group, group))):
            with open("/proc/self/" + name, "w") as file:
                file.write(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _GET_FLAGS, request))[1]
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags | _UP))


def listening_ports(processes: Iterable[str]) -> List[int]:
    """The TCP ports that these processes (as /proc names them) listen on."""
    found = set()
    for process in processes:
        try:
            sockets = {os.readlink(entry.path) for entry in os.scandir("/proc/%s/fd" % process)}
            for kind in ("tcp", "tcp6"):
                with open("/proc/%s/net/%s" % (process, kind)) as file:
                    for line in file:
                        fields = line.split()  # number, local address, remote address, state, ..., inode
                        if fields[3] == _LISTENING and "socket:[%s]" % fields[9] in sockets:
                            found.add(int(fields[1].rpartition(":")[2], 16))
        except OSError:
            pass  # it has just ended
    return sorted(found)


def taken_ports(ports: Iterable[int]) -> List[int]:
    """Those that a restored server does not get: somebody else has them, or they had connections less than a minute ago."""
    taken = []
    for port in ports:
        with socket.socket() as attempt:  # without SO_REUSEADDR, as DMTCP does it
            try:
                attempt.bind(("", port))
            except OSError:
                taken.append(port)
    return taken
