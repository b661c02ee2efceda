"""Recording the calls of a frame: the ``savefig`` of ``Animation.save`` draws on a renderer that only records."""

from __future__ import annotations

import contextlib
import functools
import struct
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from matplotlib.font_manager import FontProperties

from ..keys.canonical import Digest
from ..processes import own
from .calls.agg import READING, Exchange, GraphicsContextBase, forget_clip_path, own_renderer_of
from .calls.calls import FREEZERS, Call, Mask, is_same_mask, mask_after, owned
from .calls.contexts import Contexts, FrozenContext
from .calls.display_list import DisplayList
from .calls.frozen import Ink
from .calls.text import Shaping, put_text, settings
from .pixels import FrameSizeError, is_plain_agg
from .reuse import draw_order
from .reuse.artist_cache import ArtistCache
from .reuse.barrier import Barrier
from .reuse.incremental import IncrementalRecorder
from .shortcuts.text_layouts import TextLayouts

# Errors that a freezer raises for arguments that matplotlib's own artists never pass.
_OTHER_KINDS = (TypeError, ValueError, AttributeError, LookupError, OverflowError, struct.error)


class CannotRecord(Exception):
    """A frame must be drawn, since its pixels do not follow from calls that can be recorded."""


class _Tape:
    """Stand-in for the compiled renderer while one frame is drawn; records its calls.

    Parameters
    ----------
    contexts : Contexts
    known : dict
        Calls of the previous frame, by digest; reused if they are made again.
    """

    def __init__(self, contexts: Contexts, known: dict[bytes, Call]) -> None:
        self.calls: list[Call] = []
        self.refusal = ""
        self._masked: tuple[Mask | None, tuple[Any, bool]] = None, (None, False)
        self._contexts, self._known = contexts, known
        for name, freezer in FREEZERS.items():
            setattr(self, name, functools.partial(self._record_call, name, freezer))
        for name in READING:
            setattr(self, name, functools.partial(self._read, name))

    def refuse(self, why: str) -> NoReturn:
        """Abort the draw, and refuse the frame even if the exception is caught on the way."""
        self.refusal = self.refusal or why
        raise CannotRecord(why)

    def _record_call(self, name: str, freezer: Any, *args: Any, **kwargs: Any) -> None:
        ink: Ink = []
        try:
            arguments = freezer(self._context, ink, *args, **kwargs)
        except _OTHER_KINDS as error:
            self.refuse(f"{name} with arguments of another kind: {error}")
        key = Digest(name).add("arguments", b"".join(ink)).digest()
        call = self._known.get(key)
        if call is None:
            call = Call(name, tuple(map(owned, arguments)), key, mask_after(name, arguments))
            self._known[key] = call
        if call.mask is not None:
            self._check_mask(call, call.mask)
        self.calls.append(call)

    def take_text(self, gc: Any, x: Any, y: Any, words: Any, prop: Any, angle: Any, text: Any) -> bool:
        """Record a text by its string; return False, having recorded nothing, if matplotlib must render it."""
        if type(words) is not str or type(gc) is not GraphicsContextBase or type(prop) is not FontProperties:
            return False
        ink: Ink = []
        context = self._context(gc, ink)
        try:
            place, shaping = (float(x), float(y), float(angle)), Shaping.of(text)
            put_text(ink, *place[:2], words, prop, place[2], shaping)
        except (*_OTHER_KINDS, OSError):
            return False
        key = Digest("draw_text").add("arguments", b"".join(ink)).digest()
        call = self._known.get(key)
        if call is None:
            arguments = context, place[0], place[1], words, prop.copy(), place[2], False, shaping
            call = self._known[key] = Call("draw_text", (settings(), *arguments), key, None)
        self.calls.append(call)
        return True

    def _check_mask(self, call: Call, mask: Mask) -> None:
        """Refuse the frame if a clip-path mask depends on the address at which a copy of the path is allocated."""
        # The mask of markers is drawn without the clip rectangle.
        source = call.arguments[0].copied, call.name == "draw_markers"
        (last, last_source), self._masked = self._masked, ((0, *mask[1:]), source)
        if source[0] and last_source[0] and source != last_source and is_same_mask(last, self._masked[0]):
            self.refuse("two different clip paths in a row, which Agg identifies by addresses of temporary copies")

    def _context(self, gc: Any, ink: Ink) -> FrozenContext:
        if type(gc) is not GraphicsContextBase:
            self.refuse(f"a graphics context of type {type(gc).__qualname__}")
        key, frozen = self._contexts.freeze(gc)
        ink.append(key)
        return frozen

    def _read(self, name: str, *args: Any, **kwargs: Any) -> NoReturn:
        self.refuse(f"some code calls {name} while the figure is drawn")

    def __getattr__(self, name: str) -> NoReturn:
        self.refuse(f"some code reads the attribute {name} of the compiled renderer")

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        self.refuse("some code reads pixels while the figure is drawn")


class _Pixels:
    """Stand-in for the pixels: `_Sink` accepts it, and any attempt to read it refuses the frame."""

    def __init__(self, tape: _Tape) -> None:
        self._tape = tape

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._tape.__array__()

    def __getattr__(self, name: str) -> NoReturn:
        self._tape.__array__()


class _Sink:
    """A file for ``savefig`` that keeps what is written to it: the stand-in for the pixels."""

    def __init__(self) -> None:
        self.given: list[Any] = []

    def seek(self, *args: int) -> int:
        """Refuse to seek; ``savefig`` never does, but accepts only files that have this method."""
        raise OSError("a frame is written once, from its beginning to its end")

    def write(self, pixels: Any) -> int:
        self.given.append(pixels)
        return 0


class Recorder:
    """A recorder for the frames of one movie.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    dpi : float
        The dpi of the movie.
    size : tuple of int
        Width and height of a frame in pixels.
    barrier : Barrier, optional
        While it is raised, artists that have not changed are not drawn: the
        calls from their last draw are reused.
    layouts : TextLayouts, optional
        The layouts of texts that are known already.
    """

    def __init__(
        self,
        figure: Any,
        dpi: float,
        size: tuple[int, int],
        barrier: Barrier | None = None,
        layouts: TextLayouts | None = None,
    ) -> None:
        self._figure, self._dpi, self._size = figure, dpi, size
        self._contexts = Contexts()
        self._known: dict[bytes, Call] = {}
        self._barrier = barrier or Barrier()
        self._memory = ArtistCache(self._barrier)
        self._moved = IncrementalRecorder(self._memory)
        self._places = draw_order.places_of(figure)
        self._layouts = layouts or TextLayouts()

    @property
    def leaves_out(self) -> bool:
        """Whether the last recording reused the calls of any artist instead of drawing it."""
        return self._memory.left_out > 0

    def record(self, savefig_kwargs: dict[str, Any], *, whole: bool = False) -> DisplayList:
        """Record the figure in its current state.

        The figure, its artists and its canvas are left in the same state as
        after a draw, except for the pixels of the canvas.

        Parameters
        ----------
        savefig_kwargs : dict
            As ``Animation.save`` passes them to ``grab_frame``.
        whole : bool
            Draw every artist, whether it has changed or not.

        Raises
        ------
        CannotRecord
            If the frame cannot be recorded, and must be drawn.
        FrameSizeError
            If the figure's size has changed since the movie began.
        """
        with self._layouts.at_hand():
            calls = None if whole else self._record_moved(savefig_kwargs)
            if calls is None:
                calls = self._record_pass(savefig_kwargs, whole=whole)
        own.check_process()
        self._known = {call.digest: call for call in calls}
        return DisplayList(self._size, self._dpi, calls, tuple(self._memory.visits))

    def _record_moved(self, savefig_kwargs: dict[str, Any]) -> tuple[Call, ...] | None:
        """Return the calls of the frame, drawing only artists that have moved; None if that is not enough."""
        if not self._moved.is_arranged:
            return None
        with self._taped() as taped, self._at_movie_dpi():
            moved = self._moved.record(taped.tape, self._figure.canvas.get_renderer(), savefig_kwargs)
        return tuple(taped.tape.calls) if moved else None

    @contextlib.contextmanager
    def _at_movie_dpi(self) -> Iterator[None]:
        """Give the figure the dpi that it has inside ``savefig``."""
        figure, before = self._figure, self._figure.dpi
        try:
            if before != self._dpi:
                figure.dpi = self._dpi
            yield
        finally:
            if before != self._dpi:
                figure.dpi = before

    def _record_pass(self, savefig_kwargs: dict[str, Any], *, whole: bool) -> tuple[Call, ...]:
        """Return the calls of the frame, from a full pass of ``savefig`` through the figure."""
        with self._recorded_pass(whole=whole) as taped:
            calls = self._saved(taped, savefig_kwargs)
        at_rest = self._note_places()
        with self._at_movie_dpi():
            self._moved.arrange(self._figure, calls, savefig_kwargs, at_rest=at_rest)
        return calls

    def _saved(self, taped: _Taped, savefig_kwargs: dict[str, Any]) -> tuple[Call, ...]:
        """Call ``savefig`` to draw the figure; return the recorded calls."""
        sink = _Sink()
        self._figure.savefig(sink, format="rgba", dpi=self._dpi, **savefig_kwargs)
        taken = taped.taken
        if len(taken) != 1 or len(sink.given) != 1 or sink.given[0] is not taken[0][1]:
            raise CannotRecord("some code reads pixels while the figure is drawn")
        renderer = taken[0][0].renderer
        size = int(renderer.width), int(renderer.height)
        if size != tuple(self._size):
            width, height = self._size
            raise FrameSizeError(f"has {size[0] * size[1]} pixels, but the movie is {width} x {height}")
        return tuple(taped.tape.calls)

    def record_uncached(self, savefig_kwargs: dict[str, Any]) -> DisplayList:
        """Record the figure in its current state, drawing every artist and leaving the artist cache unchanged.

        The result serves to check an earlier recording.  Raises the same
        exceptions as `record`.
        """
        with self._barrier.suspended(), self._taped() as taped:
            calls = self._saved(taped, savefig_kwargs)
        return DisplayList(self._size, self._dpi, calls)

    def raise_barrier(self) -> None:
        """Raise the barrier again after it was lowered, and forget what was recorded before."""
        self._moved.forget()
        self._memory.forget()
        self._barrier.raise_again()

    def _note_places(self) -> bool:
        """Note the places of the axes; return whether they are the same as after the previous recording.

        Between two recordings, a layout engine has run as often as between any two frames, usually twice.  So an
        engine that moves the axes to and fro is at rest, too.
        """
        before, self._places = self._places, draw_order.places_of(self._figure)
        return before == self._places

    def is_at_rest(self) -> bool:
        """Return whether a pass through the figure would leave everything where it is in the last recording."""
        if not self._moved.is_arranged:
            return False
        with self._at_movie_dpi():
            return self._moved.holds()

    def draw_without_pixels(self, draw: Callable[[], None], *, whole: bool = False) -> None:
        """Call *draw* to draw the figure without making pixels, for its effects on the artists.

        If the figure is at rest, a draw would have no effects, and *draw* is
        not called unless *whole* is true.

        Raises
        ------
        CannotRecord
            If the figure cannot be recorded, and must be drawn.
        """
        if not whole and self.is_at_rest():
            return
        with self._layouts.at_hand(), self._recorded_pass(whole=whole, for_layout=True):
            draw()

    @contextlib.contextmanager
    def _recorded_pass(self, *, whole: bool, for_layout: bool = False) -> Iterator[_Taped]:
        """Record one pass through the figure on a tape."""
        with self._taped() as taped:
            self._moved.forget()
            with self._memory.recording(taped.tape, whole=whole, for_layout=for_layout):
                yield taped

    @contextlib.contextmanager
    def _taped(self) -> Iterator[_Taped]:
        """Make the canvas draw on a tape instead of its compiled renderer."""
        canvas = self._figure.canvas
        if not is_plain_agg(canvas) or vars(canvas).keys() & {"get_renderer", "print_rgba"}:
            raise CannotRecord("the canvas is not matplotlib's own Agg canvas, or was modified")
        if self._contexts.begin_frame():
            self._known = {}
        taped = _Taped(_Tape(self._contexts, self._known))
        canvas.get_renderer = lambda: taped.exchanged(own_renderer_of(canvas))
        try:
            yield taped
        finally:
            del canvas.get_renderer
            taped.undo(forget=self._contexts.saw_clip_paths)
        if taped.tape.refusal:
            raise CannotRecord(taped.tape.refusal)


class _Taped:
    """The renderers whose compiled part is temporarily replaced by a tape.

    Attributes
    ----------
    taken : list of (Exchange, _Pixels)
        The stand-ins for pixels that were handed out, each with the exchange of the last renderer added.
    """

    def __init__(self, tape: _Tape) -> None:
        self.tape = tape
        self.taken: list[tuple[Exchange, _Pixels]] = []
        self._exchanges: list[Exchange] = []

    def exchanged(self, renderer: Any) -> Any:
        """Make *renderer* draw on the tape; return it."""
        if not any(exchange.renderer is renderer for exchange in self._exchanges):
            self._exchanges.append(Exchange(renderer, self.tape, self.tape.take_text, self._pixels))
        return renderer

    def _pixels(self) -> _Pixels:
        self.taken.append((self._exchanges[-1], _Pixels(self.tape)))
        return self.taken[-1][1]

    def undo(self, *, forget: bool) -> None:
        """Give the renderers their compiled parts back."""
        for exchange in self._exchanges:
            exchange.undo()
            if forget:
                forget_clip_path(exchange.compiled)
