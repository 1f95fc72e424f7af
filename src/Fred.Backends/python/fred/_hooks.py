"""What the program wants to be told of checkpoints, and what it knows of the last one."""

from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, TypeVar

from ._engines import current
from ._errors import CheckpointsOff

Hook = TypeVar("Hook", bound=Callable[[], Any])


class State:
    """Part of the program's memory, and so of every checkpoint."""

    def __init__(self) -> None:
        self.before: List[Callable[[], Any]] = []
        self.resume: List[Callable[[], Any]] = []
        self.restart: List[Callable[[], Any]] = []
        self.failure: List[Callable[[], Any]] = []
        self.outcome = ""  # of the last checkpoint: "resume", "restart", or "" before the first
        self.arguments: Dict[str, Any] = {}
        self.taken = 0
        self.off = 0  # how many `no_checkpoint` blocks are open

    def begin(self) -> None:
        """A checkpoint is about to be taken. What a hook raises prevents it."""
        if self.off:
            raise CheckpointsOff("fred.no_checkpoint() is in force here; take the checkpoint before or after it")
        try:
            for hook in self.before:
                hook()
        except BaseException:
            self.undo()
            raise
        self.taken += 1

    def failed(self) -> None:
        """It could not be."""
        self.taken -= 1
        self.undo()

    def undo(self) -> None:
        for hook in self.failure:
            hook()

    def end(self, restarted: bool, arguments: Dict[str, Any]) -> None:
        """It was taken, or returned to."""
        self.outcome = "restart" if restarted else "resume"
        self.arguments = arguments
        for hook in self.restart if restarted else self.resume:
            hook()


state = State()


def before_checkpoint(hook: Hook) -> Hook:
    """Decorator: called by `checkpoint()` before the state is saved. What it raises leaves `checkpoint()`, and nothing is saved."""
    state.before.append(hook)
    return hook


def on_resume(hook: Hook) -> Hook:
    """Decorator: called by `checkpoint()` behind the saving, in the program that goes on."""
    state.resume.append(hook)
    return hook


def on_restart(hook: Hook) -> Hook:
    """Decorator: called by `checkpoint()` when it returns in a restored program. Open again here what cannot be saved: connections, locks, devices."""
    state.restart.append(hook)
    return hook


def on_failure(hook: Callable[[], Any]) -> None:
    """For this package's own hooks: undoes what a hook of `before_checkpoint` did, when nothing was saved."""
    state.failure.append(hook)


@contextmanager
def no_checkpoint() -> Iterator[None]:
    """`with fred.no_checkpoint():` no checkpoint is taken in this block: `checkpoint()` raises CheckpointsOff, and one that is asked for from outside (DMTCP) waits for its end."""
    engine = current(required=False)
    if state.off == 0 and engine is not None:
        engine.hold()
    state.off += 1
    try:
        yield
    finally:
        state.off -= 1
        if state.off == 0 and engine is not None:
            engine.release()
