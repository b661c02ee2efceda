"""Whether a source reads on which line something stands, its own text, or another module's."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings

_READS = re.compile(
    # frames, code objects and tracebacks, and what is told of them
    r"lineno|_getframe|currentframe|current_frames|traceback|linecache|__code__|co_(lines|positions|linetable|lnotab)"
    r"|(gi|cr|ag|tb|f)_(frame|code|back|lasti)|colno|col_offset|findsource|get_?source|\b(inspect|dis|faulthandler)\b"
    r"|settrace|setprofile|sys\.monitoring|excepthook|stack_info|stacklevel|\b(icecream|loguru|varname|executing)\b"
    # warnings and logged records that the scene itself shows
    r"|(show|format)warning|captureWarnings|redirect_stderr|attr='stderr', ctx=Store|attr='__stderr__'"
)
_BOTH = (
    (re.compile(r"catch_warnings"), re.compile(r"\brecord\b")),
    (re.compile(r"\blogging\b"), re.compile(r"Handler|Formatter\b|Filter\b|Record|\bemit\b|fileConfig|dictConfig")),
)


def reads_positions(source: bytes) -> bool:
    """Whether Python source names anything by which positions or texts of sources can be read.

    A name that is put together while the program runs is not found.  Comments do not count.
    """
    text = unicodedata.normalize("NFKC", source.decode("utf-8", "replace"))  # as names are
    if not _names_any(text.replace("stderr", "attr='stderr', ctx=Store")):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _names_any(ast.dump(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError):
        return True


def _names_any(text: str) -> bool:
    return bool(_READS.search(text)) or any(one.search(text) and other.search(text) for one, other in _BOTH)
