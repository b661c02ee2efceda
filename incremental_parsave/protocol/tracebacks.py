"""Tracebacks of exceptions that the user's code raises."""

from __future__ import annotations

import os
import traceback

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def format_user_error(error: BaseException) -> str:
    """Return the traceback of *error* as in plain Python: without our own frames and those that lead to the script."""
    formatted = traceback.TracebackException.from_exception(error)
    pending = [formatted]
    while pending:
        one = pending.pop()
        one.stack = traceback.StackSummary.from_list([f for f in one.stack if not _is_plumbing(f.filename)])
        pending += [other for other in (one.__cause__, one.__context__) if other is not None]
        pending += list(one.exceptions or ())
    return "".join(formatted.format())


def _is_plumbing(filename: str) -> bool:
    return filename.startswith((_OURS, "<frozen runpy>")) or filename.endswith(
        (f"{os.sep}matplotlib{os.sep}animation.py", f"{os.sep}contextlib.py")
    )
