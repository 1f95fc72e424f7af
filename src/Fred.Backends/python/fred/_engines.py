"""Which checkpoints this process has: those of the Fred session that drives it, those of DMTCP, or none."""

import sys
from types import FrameType
from typing import TYPE_CHECKING, Any, Dict, List, NoReturn, Optional, overload

from ._errors import NotEnabled

if TYPE_CHECKING:
    from typing import Literal

    from ._sessions import Session


class Engine:
    """Saves and restores states. One is in force at a time."""

    def checkpoint(self, name: Optional[str], caller: FrameType) -> str:
        """See fred.checkpoint. `caller`: whose statement it is."""
        raise NotImplementedError

    def restore(self, session: str, arguments: Dict[str, Any]) -> NoReturn:
        """See fred.restore."""
        raise NotImplementedError

    def sessions(self) -> "List[Session]":
        """Oldest first."""
        raise NotImplementedError

    def remove(self, session: str) -> None:
        """See fred.remove_session."""
        raise NotImplementedError

    def save(self, path: str, caller: FrameType) -> str:
        """See fred.save_workspace."""
        raise NotImplementedError

    def start_graphics(self, geometry: str) -> str:
        """See fred.start_graphics."""
        raise NotImplementedError

    def show_graphics(self) -> str:
        """See fred.show_graphics."""
        raise NotImplementedError

    def hold(self) -> None:
        """Lets no checkpoint be taken from outside."""

    def release(self) -> None:
        """Ends that."""


@overload
def current() -> Engine: ...
@overload
def current(required: "Literal[True]") -> Engine: ...
@overload
def current(required: bool) -> Optional[Engine]: ...


def current(required: bool = True) -> Optional[Engine]:
    """The engine in force; asked each time, because a child of the program may have none. Raises NotEnabled when it is required and there is none."""
    engine = _find()
    if engine is None and required:
        raise NotEnabled("this program runs neither under `fred python` nor under DMTCP: start it with `fred python prog.py`, or, for checkpoints on disk, "
                         "with `fred workspace run -- python3 prog.py`. fred.is_enabled() tells.")
    return engine


_forked: Optional[Engine] = None
_durable: Optional[Engine] = None


def _find() -> Optional[Engine]:
    global _forked, _durable
    if "fred_agent.requests" in sys.modules and sys.modules["fred_agent.requests"].current() is not None:
        if _forked is None:
            from ._forked import ForkedStates
            _forked = ForkedStates(sys.modules["fred_agent.requests"])
        return _forked
    if _durable is None:
        from ._dmtcp import Images, present
        if not present():
            return None
        _durable = Images()
    return _durable
