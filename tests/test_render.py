"""When the frames of a block are passed to its encoder."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from incremental_parsave.blocks.lookup import BlockLookup
from incremental_parsave.blocks.render import BlockRenderer
from incremental_parsave.cache.store import Store
from incremental_parsave.drawing.calls.display_list import DisplayList
from incremental_parsave.drawing.recorder import Recorder
from incremental_parsave.media.encode import encoding_for
from incremental_parsave.media.executables import find_ffmpeg
from incremental_parsave.model import Block, Reason

from .drawing import kinds

SIZE = (110, 80)


def frames(*phases: float) -> list[DisplayList]:
    figure = kinds.made("lines")
    recorder = Recorder(figure, 50, SIZE)
    found = []
    for phase in phases:
        figure.axes[0].lines[0].set_ydata(kinds.Y + phase)
        found.append(recorder.record({}))
    return found


def renderer(folder: Path, *, no: Reason | None = None) -> BlockRenderer:
    encoding = encoding_for(SIZE, Fraction(20), ["-vcodec", "libx264"], ".mp4", blocks=2, shortest=3, stitcher="ffmpeg")
    store = Store(folder)
    lookup = BlockLookup(store, "settings", answer_no_because=no, write=True)
    return BlockRenderer(find_ffmpeg(), encoding, store, lookup, folder / "movie.mp4", dry=False)


def test_encoding_starts_at_once_if_no_known_block_has_the_same_first_frame(tmp_path: Path) -> None:
    rendering = renderer(tmp_path).begin(Block(0, 0, 3))
    for i, frame in enumerate(frames(0, 1, 2)):
        rendering.add_list(frame)
        assert rendering._encoder is not None
        assert not rendering._waiting, i
    assert rendering.look_up()
    rendering.encode()
    outcome = rendering.outcome("", None)
    assert outcome.reason is Reason.NEW_FRAMES
    assert outcome.segment is not None
    assert outcome.segment.frames == 3


def test_encoding_waits_if_a_known_block_has_the_same_first_frame(tmp_path: Path) -> None:
    made = []
    for phases in ((0, 1, 2), (0, 1, 2), (0, 1, 3)):
        rendering = renderer(tmp_path).begin(Block(0, 0, 3))
        for frame in frames(*phases):
            rendering.add_list(frame)
            assert (rendering._encoder is None) == bool(made)
        if rendering.look_up():
            rendering.encode()
        made.append(rendering.outcome("", None))
    assert [outcome.reason for outcome in made] == [Reason.NEW_FRAMES, Reason.SAME_FRAMES, Reason.NEW_FRAMES]
    assert made[0].segment == made[1].segment != made[2].segment


def test_waiting_does_not_change_the_bytes(tmp_path: Path) -> None:
    segments = []
    for folder, earlier in (("one", ((0, 1, 3),)), ("other", ())):
        for phases in (*earlier, (0, 1, 2)):
            rendering = renderer(tmp_path / folder).begin(Block(0, 0, 3))
            for frame in frames(*phases):
                rendering.add_list(frame)
            assert rendering.look_up()
            rendering.encode()
            segment = rendering.outcome("", None).segment
        segments.append(segment)
    assert segments[0] == segments[1]


def test_forced_build_starts_encoding_at_once(tmp_path: Path) -> None:
    rendering = renderer(tmp_path, no=Reason.FORCED).begin(Block(0, 0, 3))
    rendering.add_list(frames(0)[0])
    assert rendering._encoder is not None
    rendering.abandon()
