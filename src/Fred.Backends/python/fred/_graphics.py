"""A screen that is saved with the program: a VNC server (TigerVNC's) under the same DMTCP.

What is hard is to have nothing that could be in the way after a restart: the server is reached by a socket file in a directory of its own, not by a port that someone else may have
meanwhile, and whoever looks at it does so from outside of DMTCP, so that a saved program has no connection to a viewer. And it must end with the program, however that ends: it does so
when its last client has gone, and the program is one from the beginning.
"""

import os
import shutil
import socket
import struct
import subprocess
import tempfile
from typing import Dict, List

from ._errors import GraphicsFailed

VARIABLES = ("DISPLAY", "XAUTHORITY")
_SOCKET, _COOKIE, _LOG = "screen", "authority", "server.log"
_CONNECTED = "03"
_ANY_FAMILY = 0xFFFF
_METHOD = b"MIT-MAGIC-COOKIE-1"
_COOKIE_BYTES = 16
_LONGEST_SOCKET = 107
_INSTALL = "Install it (Debian: apt-get install %s)."


def viewers(workspace: str, process: int) -> List[str]:
    """The sockets of screens in a workspace that somebody looks at. `process`: one of the program's, whose network it is."""
    looked_at = []
    with open("/proc/%d/net/unix" % process) as file:
        for line in file:
            fields = line.split(None, 7)  # address, references, protocol, flags, type, state, inode, path
            if len(fields) > 7 and fields[5] == _CONNECTED:
                path = fields[7].rstrip("\n")
                if os.path.basename(path) == _SOCKET and os.path.dirname(os.path.dirname(path)) == workspace:
                    looked_at.append(path)
    return looked_at


class Screen:
    """The program's screen. Part of its memory, and so of every image."""

    def __init__(self, server: "subprocess.Popen[bytes]", client: socket.socket, display: str, folder: str, outside: Dict[str, str]) -> None:
        """`client`: a connection to the server, for as long as the program lives; `outside`: the variables (VARIABLES) of the display that the program was started on."""
        self._server, self._client, self.display, self._folder, self._outside = server, client, display, folder, outside

    @property
    def socket(self) -> str:
        return os.path.join(self._folder, _SOCKET)

    def is_running(self) -> bool:
        return self._server.poll() is None

    def show(self, restarted_on: Dict[str, str]) -> str:
        """Starts a viewer. `restarted_on`: the variables of the display of whoever restarted the program; empty when nobody has."""
        display = restarted_on if restarted_on.get("DISPLAY") else self._outside
        viewer, plain = shutil.which("xtigervncviewer") or shutil.which("vncviewer"), shutil.which("dmtcp_nocheckpoint")
        by_hand = "Any other way to look at it will do: its socket is %s (`xtigervncviewer %s`; from another machine forward it with ssh -L)." % (self.socket, self.socket)
        if not self.is_running():
            raise GraphicsFailed("the VNC server has ended with status %s; %s says why" % (self._server.returncode, os.path.join(self._folder, _LOG)))
        if not display.get("DISPLAY"):
            raise GraphicsFailed("there is no display to show the program's screen on: DISPLAY was not set where the program was started. " + by_hand)
        if viewer is None:
            raise GraphicsFailed("no VNC viewer was found on PATH. %s %s" % (_INSTALL % "tigervnc-viewer", by_hand))
        environment = {**{name: value for name, value in os.environ.items() if name not in VARIABLES}, **display}
        subprocess.Popen(([plain] if plain else []) + [viewer, self.socket], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True)
        return self.socket


def start(geometry: str, parent: str) -> Screen:
    """Starts the server, with its files in a new directory in `parent`, which must outlive the images, and makes it this program's display. GraphicsFailed."""
    program = shutil.which("Xtigervnc")
    if program is None:
        raise GraphicsFailed("graphics need TigerVNC's server, and Xtigervnc was not found on PATH. " + _INSTALL % "tigervnc-standalone-server")
    folder = tempfile.mkdtemp(prefix="screen-", dir=parent)
    if len(os.path.join(folder, _SOCKET)) > _LONGEST_SOCKET:
        os.rmdir(folder)
        raise GraphicsFailed("%s is too long for a socket's name; start the program with FRED_WORKSPACES set to a shorter directory" % folder)
    cookie = os.urandom(_COOKIE_BYTES)
    authority = os.path.join(folder, _COOKIE)
    with open(os.open(authority, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(struct.pack(">H", _ANY_FAMILY))
        for field in (b"", b"", _METHOD, cookie):  # address, display, method, secret
            file.write(struct.pack(">H", len(field)) + field)
    reader, writer = os.pipe()
    try:
        with open(os.path.join(folder, _LOG), "wb") as log:
            server = subprocess.Popen(
                [program, "-displayfd", str(writer), "-rfbport", "-1", "-rfbunixpath", os.path.join(folder, _SOCKET), "-rfbunixmode", "0600", "-SecurityTypes", "None", "-auth", authority, "-terminate", "-geometry", geometry],
                pass_fds=[writer], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        os.close(writer)
        writer = -1
        with open(reader, closefd=False) as told:
            number = told.readline().strip()  # to the end of the line: the server fails when it cannot write that
    finally:
        os.close(reader)
        if writer >= 0:
            os.close(writer)
    try:
        if not number.isdigit():
            raise GraphicsFailed("the VNC server has ended at once; %s says why" % os.path.join(folder, _LOG))
        client = _connect(number, cookie)
    except BaseException:
        server.kill()
        server.wait()
        raise
    outside = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    os.environ.update(DISPLAY=":" + number, XAUTHORITY=authority)
    return Screen(server, client, ":" + number, folder, outside)


def _connect(number: str, cookie: bytes) -> socket.socket:
    """Becomes a client of the X server, one that never asks for anything."""
    client = socket.socket(socket.AF_UNIX)
    client.connect("/tmp/.X11-unix/X" + number)
    client.sendall(struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(_METHOD), len(cookie)) + _METHOD + bytes(-len(_METHOD) % 4) + cookie)
    status, length = struct.unpack("<B5xH", _read(client, 8))
    _read(client, 4 * length)
    if status != 1:
        raise GraphicsFailed("the VNC server does not accept the program as its client")
    return client


def _read(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = client.recv(count - len(data))
        if not part:
            raise GraphicsFailed("the VNC server has closed the program's connection")
        data += part
    return data
