"""Exceptions whose messages say what happened and what the user can do about it."""

from __future__ import annotations


class IparsaveError(Exception):
    """A build cannot continue.

    Parameters
    ----------
    what : str
        What happened, in one line that names the scene, frame and block if possible.
    todo : str, optional
        What the user can do about it, in one line.
    detail : str, optional
        Output of another program, verbatim, such as the last lines of an encoder.
    """

    exit_status = 1

    def __init__(self, what: str, todo: str = "", detail: str = "") -> None:
        super().__init__(what, todo, detail)
        self.what, self.todo, self.detail = what, todo, detail

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.detail, self.todo and f"help: {self.todo}") if part)


class UsageError(IparsaveError):
    """The command or call is invalid."""

    exit_status = 2


class WriterNotFoundError(IparsaveError, ValueError):
    """The movie writer that the scene asks for is not available; a ValueError, because matplotlib raises one."""


class FramesError(IparsaveError):
    """An animation has no frames, or its frames cannot be counted."""


class EncoderError(IparsaveError):
    """An encoder failed."""


class StitchError(IparsaveError):
    """The segments could not be joined, or the result is incomplete."""


class WorkerError(IparsaveError):
    """A worker process ended without a report."""
