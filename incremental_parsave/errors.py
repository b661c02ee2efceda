"""What can go wrong, said as what happened and what to do about it."""

from __future__ import annotations


class IparsaveError(Exception):
    """A build that cannot go on.

    Parameters
    ----------
    what : str
        One line of what happened, naming scene, frame and block where it can.
    todo : str, optional
        One line of what to do about it.
    detail : str, optional
        What another program said, word for word (an encoder's last lines).
    """

    exit_status = 1

    def __init__(self, what: str, todo: str = "", detail: str = "") -> None:
        super().__init__(what, todo, detail)
        self.what, self.todo, self.detail = what, todo, detail

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.detail, self.todo and f"help: {self.todo}") if part)


class UsageError(IparsaveError):
    """The command or the call asks for something that makes no sense."""

    exit_status = 2


class WriterNotFoundError(IparsaveError, ValueError):
    """The movie writer that the scene asks for is not there; a ValueError, as matplotlib raises."""


class FramesError(IparsaveError):
    """The frames of an animation cannot be counted, or there are none."""


class EncoderError(IparsaveError):
    """An encoder failed."""


class StitchError(IparsaveError):
    """The segments could not be joined, or the result is not the whole movie."""


class WorkerError(IparsaveError):
    """A worker process ended without saying why."""
