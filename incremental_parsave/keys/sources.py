"""Digests of source code by its syntax tree, without positions."""

from __future__ import annotations

import ast
import warnings

import xxhash

from .canonical import Digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .explain import Lines

_LONGEST = 40


def source_digest(source: bytes, sink: Lines | None = None, file: str = "") -> str:
    """Return the digest of Python source.

    Comments, blank lines and formatting do not count; docstrings do, since a program
    can read them.  Source that does not parse, or is nested too deeply, is digested byte by byte.

    Parameters
    ----------
    source : bytes
    sink : Lines, optional
        Receives a line for each top-level statement.
    file : str
        The name of the file in these lines.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the compiler reports invalid escapes to the user
            statements = ast.parse(source).body
            trees = [ast.dump(statement).encode("utf-8", "surrogatepass") for statement in statements]
            named = [_described(statement) for statement in statements] if sink is not None else []
    except (SyntaxError, ValueError, RecursionError):
        text = Digest("text").add("bytes", source).hexdigest()
        if sink is not None:
            sink.note(file, text)
        return text
    digest = Digest("syntax")
    for n, tree in enumerate(trees):
        own = xxhash.xxh3_128_hexdigest(tree)
        digest.add("statement", own)
        if sink is not None:
            name, text = named[n]
            label, k = f"{file}: `{name}`", 1
            while label in sink:
                k += 1
                label = f"{file}: `{name}` ({k})"
            sink.note(label, own, text)
    return digest.hexdigest()


def _described(statement: ast.stmt) -> tuple[str, str]:
    """Return a name for a statement and, if it assigns a short value, the source of that value."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name, ""
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            text = ast.unparse(value)
            return name, text if len(text) <= _LONGEST else ""
        case ast.Assign(targets=[target]):
            return ast.unparse(target), ""
        case ast.Expr(value=ast.Call(func=function)):
            return f"{ast.unparse(function)}(...)", ""
        case ast.Expr(value=ast.Constant(value=str())):
            return "docstring", ""
    first = ast.unparse(statement).partition("\n")[0]
    return first if len(first) <= _LONGEST else first[: _LONGEST - 3] + "...", ""
