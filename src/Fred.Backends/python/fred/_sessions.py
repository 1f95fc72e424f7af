"""What a session is to the program."""

import re
from typing import Iterable, NamedTuple, Optional

from ._errors import BadName

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


class Session(NamedTuple):
    """A saved state. `created`: seconds since the epoch. `path`: the directory of its image and `size` the image's bytes; None and 0 for a state held in memory."""

    id: str
    created: float
    path: Optional[str]
    size: int


def new_id(name: Optional[str], used: Iterable[str]) -> str:
    """The id of a new session. BadName: the name is none, or in use."""
    taken = set(used)
    if name is None:
        number = 1
        while "session-%d" % number in taken:
            number += 1
        return "session-%d" % number
    if not isinstance(name, str) or not _NAME.match(name):
        raise BadName("%r cannot name a session: up to 64 letters, digits, '-', '_' and '.', the first a letter or digit" % (name,))
    if name in taken:
        raise BadName("there is a session %r already; fred.remove_session(%r) removes it" % (name, name))
    return name
