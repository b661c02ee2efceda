"""Known failures of function caches, case by case: exactly the blocks that changed are rendered again.

Each case of `REACHED` is code that the frames of one block reach in a different
way.  Each case of `DIFFERENT` and `SAME` is a value from an input that is not
recorded, so that only its content can be compared.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from .scenes import LINE, edited
from .space import Space

HELPER = """\
def position(i):
    return 31


def through_module(i):
    return 32


class Base:
    def value(self):
        return 33
"""
SCENE = """\
import functools
import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

import helper
from helper import position


def in_same_file(i):
    return 10


def by_default(i, k=11):
    return k


def adding(k):
    def decorate(function):
        return lambda i: function(i) + k

    return decorate


@adding(12)
def decorated(i):
    return 0


def make(k):
    def closed(i):
        return k

    return closed


closed = make(13)
NESTED = 14


def nested(i):
    def inner():
        return NESTED

    return inner()


partial = functools.partial(lambda k, i: k, 15)


class Body:
    value = 16


class Derived(helper.Base):
    pass


class Own:
    def value(self):
        return 17


shown = [
    in_same_file, position, helper.through_module, by_default, decorated, closed, nested, partial,
    lambda i: Body.value, lambda i: Derived().value(), lambda i: Own().value(),
]
fig, ax = plt.subplots(figsize=(1.2, 0.9), dpi=40, subplot_kw={"xticks": [], "yticks": []})
title = ax.set_title("")


def animate(i):
    title.set_text(str(shown[i // 3](i)))


anim = FuncAnimation(fig, animate, frames=3 * len(shown), interval=50)
anim.save("out.mp4")
"""
REACHED = {
    "helper in the same file": (0, "scene.py", "return 10", "return 20"),
    "imported helper": (1, "helper.py", "return 31", "return 41"),
    "module.helper()": (2, "helper.py", "return 32", "return 42"),
    "default argument": (3, "scene.py", "k=11", "k=21"),
    "decorator": (4, "scene.py", "@adding(12)", "@adding(22)"),
    "closure cell": (5, "scene.py", "make(13)", "make(23)"),
    "global read only in a nested function": (6, "scene.py", "NESTED = 14", "NESTED = 24"),
    "functools.partial": (7, "scene.py", "k, 15", "k, 25"),
    "class body": (8, "scene.py", "value = 16", "value = 26"),
    "method of a base class": (9, "helper.py", "return 33", "return 43"),
    "method": (10, "scene.py", "return 17", "return 27"),
    "comment": (None, "scene.py", "NESTED = 14", "NESTED = 14  # not 24"),
    "moved function": (None, "helper.py", "    return 31\n", "    return K\n\n\nK = 31\n"),
    "code that no frame reaches": (None, "helper.py", "class Base:", "def unused():\n    return 2\n\n\nclass Base:"),
}  # fmt: skip


@pytest.mark.exhaustive
def test_edit_renders_the_block_whose_frames_reach_the_code(space: Space) -> None:
    texts = {"scene.py": SCENE, "helper.py": HELPER}
    for name, text in texts.items():
        space.write(name, text)
    assert space.build("scene.py", "--block-size", "3").rendered == list(range(11))
    cases = list(REACHED.items())
    while cases:  # four at a time, to be quick
        some, cases = dict(cases[:4]), cases[4:]
        now = dict(texts)
        for _, name, old, new in some.values():
            now[name] = edited(now[name], old, new)
        for name, text in now.items():
            space.write(name, text)
        built = space.build("scene.py", "--block-size", "3")
        assert built.rendered == [block for block, *_ in some.values() if block is not None], some


UNRECORDED = """\
import os
import subprocess
import zlib
import numpy as np

class A:
    def __init__(self):
        self.k = 1

class B:
    def __init__(self):
        self.k = 1

hidden = os.sep.join(["", *{parts!r}])
lines = subprocess.check_output(["cat", hidden], text=True).splitlines()
{values}

def text(i):
    value = ({names})[i // 3]
    shape, dtype = (getattr(value, name, "") for name in ("shape", "dtype"))
    shown = f"{{type(value).__name__}} {{shape}} {{dtype}} {{np.sum(value) if shape else value}}"
    return zlib.crc32(shown.encode()) % 1000

"""
DIFFERENT = {
    "1 and '1'": ("1", "'1'"),
    "('ab', 'c') and ('a', 'bc')": ("('ab', 'c')", "('a', 'bc')"),
    "values of a dictionary swapped": ("{'a': 1, 'b': 2}", "{'a': 2, 'b': 1}"),
    "shape of the same bytes": ("np.zeros((2, 3))", "np.zeros((3, 2))"),
    "dtype": ("np.ones(3)", "np.ones(3, dtype=np.float32)"),
    "scalars of NumPy": ("np.int64(1)", "np.float32(1)"),
    "sets": ("{1, 2}", "{1, 3}"),
    "classes of equal __dict__": ("A()", "B()"),
    "one element of many": ("np.zeros(10**6)", "np.eye(1, 10**6, 777_777)[0]"),
}
SAME = {
    "C and F order": ("np.arange(6.0).reshape(2, 3)", "np.asfortranarray(np.arange(6.0).reshape(2, 3))"),
    "view": ("np.arange(3.0)", "np.arange(9.0)[:3]"),
    "set made in another order": ("{'a', 'b', 'c'}", "{'c', 'b', 'a'}"),
}


@pytest.mark.exhaustive
def test_values_from_an_unrecorded_input_are_compared_by_content(space: Space, tmp_path: Path) -> None:
    """Each value is shown in the frames of one block, and has a line of its own in the key."""
    hidden = tmp_path / "hidden"
    cases = [*SAME.values(), *DIFFERENT.values()]
    names = [f"v{n}" for n in range(len(cases))]
    head = UNRECORDED.format(
        parts=str(hidden).split(os.sep)[1:],
        values="\n".join(f"{name} = eval(lines[{n}])" for n, name in enumerate(names)),
        names=", ".join(names),
    )
    scene = edited(LINE, "FRAMES = 40", f"FRAMES = {3 * len(cases)}")
    space.write("scene.py", head + edited(scene, 'f"frame {i}"', "text(i)"))
    space.write("pyproject.toml", '[tool.iparsave]\ninputs = ["nothing-else"]\n')  # so that question 1 is asked
    build = ("scene.py", "--block-size", "3")
    hidden.write_text("\n".join(one for one, _ in cases))
    assert len(space.build(*build).reasons) == len(cases)

    hidden.write_text("\n".join(cases[n][n < len(SAME)] for n in range(len(cases))))
    assert set(space.build(*build, skip_manifest=True).reasons.values()) == {"inputs unchanged"}

    hidden.write_text("\n".join(other for _, other in cases))
    built = space.build(*build, "--explain", skip_manifest=True)
    reported = {name for line in built.changed for name in re.findall(r"`(v\d+|B)\b", line)}
    by_class = names[[*SAME, *DIFFERENT].index("classes of equal __dict__")]  # which is reported by its class
    assert reported == {*names[len(SAME) :], "B"} - {by_class}, built.changed
    assert built.rendered == list(range(len(SAME), len(cases)))
    assert {built.reasons[n] for n in range(len(SAME))} == {"looks the same"}
