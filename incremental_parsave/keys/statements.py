"""Splitting a script into statements, so that it can resume before the first statement that has changed."""

from __future__ import annotations
import __future__

import ast
import gc
import types
import warnings
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

import xxhash

_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag


class Statement(NamedTuple):
    """One statement of a script.

    Attributes
    ----------
    node : ast.stmt
    digest : str
        Digest of the syntax tree without positions: comments and formatting do not count.
    """

    node: ast.stmt
    digest: str


def split(source: bytes) -> list[Statement]:
    """Return the top-level statements of a script.

    The body of ``if __name__ == "__main__":`` counts as top-level statements too.

    Raises
    ------
    SyntaxError, ValueError
        If the source does not parse.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes are reported when the script is compiled to run
        body = ast.parse(source).body
    statements = []
    for node in body:
        for each in node.body if _is_main_guard(node) else (node,):  # type: ignore[attr-defined]
            statements.append(Statement(each, xxhash.xxh3_128_hexdigest(_tree_of(each, source))))
    return statements


def line_of(source: bytes, count: int) -> int:
    """Return the line where a script resumes after its first *count* statements; 0 if it runs from the beginning."""
    statements = split(source) if count else []
    return statements[count].node.lineno if count < len(statements) else 0


def _tree_of(statement: ast.stmt, source: bytes) -> bytes:
    """Return the dump of a statement's syntax tree, or its source lines if the tree is too deep to dump."""
    try:
        return ast.dump(statement).encode("utf-8", "surrogatepass")
    except RecursionError:
        return b"\n".join(source.splitlines()[statement.lineno - 1 : statement.end_lineno])


def _is_main_guard(node: ast.stmt) -> bool:
    match node:
        case ast.If(
            test=ast.Compare(
                left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]
            ),
            orelse=[],
        ):
            return True
    return False


def common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many leading digests two sequences have in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def names_imported(statements: Sequence[Statement]) -> set[str]:
    """Return the full names of what top-level *statements* import: modules, and names taken from modules."""
    names = set()
    for node, _ in statements:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


def compiled(source: bytes, path: str) -> tuple[list[Statement], list[types.CodeType]]:
    """Return the statements of a script and a code object for each.

    Raises the same errors as ``compile``.

    Parameters
    ----------
    source : bytes
    path : str
        The file name that tracebacks show.
    """
    whole = compile(source, path, "exec", dont_inherit=True)
    flags = whole.co_flags & _FUTURES
    statements, codes = split(source), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # already shown when the whole script was compiled
        for at, statement in enumerate(statements):
            node = statement.node
            if at and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                node = ast.copy_location(ast.Pass(), node)  # a lone string would become a docstring
            module = ast.Module([node], type_ignores=[])
            codes.append(compile(module, path, "exec", flags=flags, dont_inherit=True))
    return statements, codes


def move(old: Sequence[types.CodeType], new: Sequence[types.CodeType]) -> None:
    """Replace *old* code by *new* in all functions made from it, to update their line numbers.

    Both were compiled from the same statements, at different positions in the file.  Tracebacks,
    ``inspect.getsource`` and warnings then match the edited file.
    """
    moved: dict[int, types.CodeType] = {}
    for before, after in zip(old, new, strict=True):
        _pair(before, after, moved)
    if not moved:
        return
    for function in gc.get_objects():
        if type(function) is types.FunctionType and id(function.__code__) in moved:
            function.__code__ = moved[id(function.__code__)]


def _pair(old: types.CodeType, new: types.CodeType, moved: dict[int, types.CodeType]) -> None:
    if (old.co_firstlineno, old.co_linetable) != (new.co_firstlineno, new.co_linetable):
        moved[id(old)] = new
    inner = ([each for each in code.co_consts if isinstance(each, types.CodeType)] for code in (old, new))
    for before, after in zip(*inner, strict=True):
        _pair(before, after, moved)
