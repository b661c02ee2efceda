"""Detection of source code that may read line numbers or source text, its own or another module's."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings

_READS = re.compile(
    # frames, code objects, tracebacks, and modules that inspect them
    r"lineno|_getframe|currentframe|current_frames|traceback|linecache|__code__|co_(lines|positions|linetable|lnotab)"
    r"|(gi|cr|ag|tb|f)_(frame|code|back|lasti)|colno|col_offset|findsource|get_?source|\b(inspect|dis|faulthandler)\b"
    r"|settrace|setprofile|sys\.monitoring|excepthook|stack_info|stacklevel|\b(icecream|loguru|varname|executing)\b"
    # warnings and log records that the scene formats or captures itself
    r"|(show|format)warning|captureWarnings|redirect_stderr|attr='stderr', ctx=Store|attr='__stderr__'"
)
_BOTH = (
    (re.compile(r"catch_warnings"), re.compile(r"\brecord\b")),
    (re.compile(r"\blogging\b"), re.compile(r"Handler|Formatter\b|Filter\b|Record|\bemit\b|fileConfig|dictConfig")),
)


def reads_positions(source: bytes) -> bool:
    """Whether Python source names anything that gives access to source positions or source text.

    Names that are assembled at run time are not detected.  Comments are ignored.
    """
    text = unicodedata.normalize("NFKC", source.decode("utf-8", "replace"))  # Python normalizes identifiers like this
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
