"""Source code by meaning: the syntax tree without positions."""

from __future__ import annotations

import ast
import warnings

from .canonical import Digest


def source_digest(source: bytes) -> str:
    """Return the digest of Python source.

    Comments, blank lines and formatting do not count; docstrings do, since a
    program can read them.  Source that does not parse is digested as it stands.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the user's to hear of, from the compiler
            tree = ast.dump(ast.parse(source), include_attributes=False)
    except (SyntaxError, ValueError):
        return Digest("text").add("bytes", source).hexdigest()
    return Digest("syntax").add("tree", tree).hexdigest()
