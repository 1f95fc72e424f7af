"""Checkpoints of the Fred session that drives this process: parked forks.

The program's side is bookkeeping only: the session does the work, at an event inside the call (docs/agent-protocol.md, section 2.7). Whatever happens here happens
again, in just the same way, in every replica.
"""

import json
import time
from types import FrameType
from typing import Any, Dict, List, NoReturn, Optional

from ._engines import Engine
from ._errors import CheckpointFailed, NoSuchSession, NotDurable
from ._hooks import state
from ._sessions import Session, new_id

_MOST_ARGUMENTS = 2000
"""Bytes of JSON that `restore` can hand over."""


class ForkedStates(Engine):
    """The sessions are known to both sides, because the program's side forgets when it goes back."""

    def __init__(self, requests: Any) -> None:
        """`requests`: the agent's module of that name."""
        self._requests = requests
        self._known: Dict[str, float] = {}
        self._came_back: Optional[Dict[str, Any]] = None

    def checkpoint(self, name: Optional[str], caller: FrameType) -> str:
        session = new_id(name, self._known)
        self._refuse_to_copies()
        state.begin()
        created = time.time()
        self._known[session] = created
        self._came_back = None
        if not self._requests.current().ask_here("checkpoint %s %.6f" % (session, created), caller):
            del self._known[session]
            state.failed()
            raise CheckpointFailed("too much was asked of the session at once; take the checkpoint in a later statement")
        # Here the program arrives once, and once more in every restart: `came_back` was then called meanwhile.
        arguments = self._came_back
        state.end(arguments is not None, arguments or {})
        return session

    def restore(self, session: str, arguments: Dict[str, Any]) -> NoReturn:
        self._require(session)
        self._refuse_to_copies()
        text = json.dumps(arguments)
        if len(text) > _MOST_ARGUMENTS:
            raise ValueError("the arguments are too long to be handed over: %d bytes as JSON, at most %d. Write them to a file and hand over its name." % (len(text), _MOST_ARGUMENTS))
        self._requests.current().go_back("restore %s %s" % (session, text.encode("ascii").hex()))
        raise CheckpointFailed("a statement typed at the prompt cannot go back; `checkpoints` and `restart N` there do")

    def came_back(self, arguments: str, known: str) -> None:
        """The session went back to the checkpoint that is just being taken. `arguments`: those of `restore`, in hexadecimal; `known`: all sessions, "id created" each, separated by commas."""
        state.arguments = self._came_back = json.loads(bytes.fromhex(arguments))
        state.outcome = "restart"
        self._known = {each.split(" ")[0]: float(each.split(" ")[1]) for each in known.split(",") if each}

    def sessions(self) -> List[Session]:
        return [Session(session, created, None, 0) for session, created in sorted(self._known.items(), key=lambda item: item[1])]

    def remove(self, session: str) -> None:
        self._require(session)
        self._refuse_to_copies()
        del self._known[session]
        self._requests.current().ask("remove %s" % session)

    def save(self, path: str, caller: FrameType) -> str:
        raise NotDurable("the checkpoints of `fred python` end with its session. `save NAME` at its prompt keeps the recording; for an image on disk start the program with "
                         "`fred workspace run -- python3 prog.py`")

    def start_graphics(self, geometry: str) -> str:
        raise NotDurable("a screen is saved together with programs under DMTCP only: start the program with `fred workspace run -- python3 prog.py`. Under `fred python` a program draws where it always does")

    def show_graphics(self) -> str:
        return self.start_graphics("")

    def _refuse_to_copies(self) -> None:
        if self._requests.current().looking:
            raise CheckpointFailed("expressions are evaluated in a copy of the program, whose checkpoints would be of no use; at the live edge, `!STATEMENT` runs in the program itself")

    def _require(self, session: str) -> None:
        if session not in self._known:
            raise NoSuchSession("there is no session %r here; fred.list_sessions() lists them" % (session,))


def came_back(arguments: str, known: str) -> None:
    """Called by the session, at the event where it went back to."""
    from ._engines import current
    engine = current()
    assert isinstance(engine, ForkedStates)
    engine.came_back(arguments, known)
