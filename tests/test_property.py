"""Random edits of a scene: incremental equals clean, byte for byte."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .space import Space, frames_of

SCENE = """\
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FFMpegWriter, FuncAnimation
import helper

fig, ax = plt.subplots(figsize=(1.6, 1.2), dpi=40)
{seed}
offsets = np.loadtxt("offsets.txt")
state = [0.0]
(line,) = ax.plot(np.arange(12.0), np.zeros(12), color={colour!r})
ax.set_ylim(-12, 12)


def animate(i):
    state[0] += {step}
    {body}
    line.set_ydata(np.full(12, helper.curve(i) + state[0] + offsets[i % len(offsets)]))


anim = FuncAnimation(fig, animate, frames={frames}, interval={interval}{blit})
anim.save("out.mp4")
"""
BODIES = [
    "pass",
    "# a comment",
    "if i == {k}: ax.set_title('look')",
    "if {k} <= i < {k} + 4: line.set_linewidth(4)",
    "state[0] += np.random.normal()",
    "line.set_alpha(0.1 + 0.9 * (i % 5) / 5)",
    "ax.set_facecolor(str(0.5 + i % 3 / 6))",
]
KINDS = ("seed", "colour", "step", "body", "frames", "interval", "helper", "offset", "blit")


def write(space: Space, chosen: dict[str, object]) -> None:
    texts = {key: value for key, value in chosen.items() if key not in ("helper", "offset")}
    scene = SCENE.format(**texts)
    if chosen["blit"]:
        scene = scene.replace("\n\nanim =", "    return (line,)\n\n\nanim =")
    space.write("scene.py", scene)
    space.write("helper.py", f"def curve(i):\n    return {chosen['helper']}\n")
    space.write("offsets.txt", "\n".join(str(k * 0.5 + (k == 5) * float(str(chosen["offset"]))) for k in range(9)))


FIRST: dict[str, object] = {
    "seed": "np.random.seed(1)", "colour": "C0", "step": 0.25, "body": "pass", "frames": 20, "interval": 50,
    "helper": "0", "offset": 0, "blit": "",
}  # fmt: skip


def edits() -> st.SearchStrategy[dict[str, object]]:
    change = {
        "seed": st.sampled_from(["np.random.seed(1)", "np.random.seed(2)"]),
        "colour": st.sampled_from(["C0", "C1", "C2"]),
        "step": st.sampled_from([0.0, 0.25, 0.5]),
        "body": st.builds(lambda body, k: body.format(k=k), st.sampled_from(BODIES), st.integers(0, 24)),
        "frames": st.integers(1, 26),
        "interval": st.sampled_from([35, 50]),
        "helper": st.sampled_from(["0", "0  # moved", "i / 4", "i * (i == 7)"]),
        "offset": st.integers(0, 2),
        "blit": st.sampled_from(["", ", blit=True"]),
    }
    return st.sampled_from(KINDS).flatmap(lambda kind: st.fixed_dictionaries({kind: change[kind]}))


def check(series: list[dict[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        space = Space(Path(name))
        chosen = dict(FIRST)
        for edit in series:
            chosen.update(edit)
            write(space, chosen)
            built = space.build("scene.py", "--block-size", "6", "-j2")
            movie = space.path("out.mp4")
            incremental = movie.read_bytes()
            assert len(frames_of(movie)) == chosen["frames"] == built.target["frames"]
            movie.unlink()
            space.build("scene.py", "--block-size", "6", "-j1", "--cache-dir", "clean")
            assert movie.read_bytes() == incremental, (series, built)
            shutil.rmtree(space.path("clean"))
            movie.write_bytes(incremental)


slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
once = [Phase.explicit, Phase.generate]  # no shrinking: each of its steps would build movies


@pytest.mark.exhaustive
@settings(max_examples=2, deadline=None, suppress_health_check=slow, phases=once)
@given(st.lists(edits(), min_size=3, max_size=3))
def test_incremental_equals_clean(series: list[dict[str, object]]) -> None:
    check(series)


@pytest.mark.soak
@settings(max_examples=60, deadline=None, suppress_health_check=slow, phases=once)
@given(st.lists(edits(), min_size=4, max_size=8))
def test_incremental_equals_clean_in_long_series(series: list[dict[str, object]]) -> None:
    check(series)
