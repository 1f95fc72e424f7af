"""What can go wrong. Every text says what to do next."""


class FredError(Exception):
    """The base of what this module raises by itself."""


class NotEnabled(FredError):
    """The program runs neither under `fred python` nor under DMTCP."""


class CheckpointsOff(FredError):
    """A checkpoint was asked for inside `no_checkpoint()`."""


class NoSuchSession(FredError, LookupError):
    """There is no session with this id."""


class BadName(FredError, ValueError):
    """A name that is none, or in use."""


class SessionInUse(FredError, ValueError):
    """A session that a program runs in cannot be removed by another one."""


class CheckpointFailed(FredError):
    """No checkpoint could be taken, or one cannot be restored; the program goes on unharmed."""


class ImageUnusable(CheckpointFailed):
    """An image on disk is missing, damaged, moved or incomplete."""


class DmtcpMissing(CheckpointFailed):
    """DMTCP is not installed, or in a version that cannot be used."""


class NotDurable(FredError):
    """What was asked for needs checkpoints that outlive the program."""


class GraphicsFailed(FredError):
    """There is no screen, or it cannot be shown; the program goes on."""
