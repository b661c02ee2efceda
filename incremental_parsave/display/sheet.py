"""Contact sheets of changed frames (before, after, difference), as a PNG picture or an HTML page."""

from __future__ import annotations

import base64
import html
import io
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFont

from ..cache.change import Change
from ..cache.history import Version
from ..errors import IparsaveError
from ..media.decode import pictures
from ..media.replacing import replacing

_WIDEST = 400  # maximum width of a frame in a PNG sheet, in pixels
_GAP, _LINE = 12, 22
_INK, _PAPER, _EMPTY = "#222222", "#ffffff", "#e4e4e4"
_MARK = (214, 39, 40)
_HEADS = ("before", "after", "difference")


class Row(NamedTuple):
    """One frame: pictures of both versions and of their difference, or a text in place of a missing picture."""

    frame: int
    cells: tuple[Image.Image | str, Image.Image | str, Image.Image | str]


def show(
    changes: Sequence[Change], sheet: Path, most: int, ffmpeg: str, warn: Callable[[str], None]
) -> list[tuple[str, int]]:
    """Write a contact sheet; return the movie and number of each frame on it.

    Parameters
    ----------
    changes : sequence of Change
        Changes that have both versions.
    sheet : Path
        File to write.  Its suffix decides between a picture and a page.
    most : int
        Maximum number of frames of each movie.
    ffmpeg : str
    warn : callable
        Called with a line about each block that cannot be shown.

    Raises
    ------
    IparsaveError
        If the sheet cannot be written.
    """
    parts = [(change, list(_rows(change, most, ffmpeg, warn))) for change in changes]
    try:
        with replacing(sheet) as temporary:
            if sheet.suffix.lower() == ".png":
                _as_picture(parts).save(temporary, format="PNG")
            else:
                temporary.write_text(_as_page(parts), encoding="utf-8")
    except OSError as error:
        raise IparsaveError(f"cannot write the sheet {sheet}: {error.strerror}", "choose another file") from None
    return [(change.movie, row.frame) for change, rows in parts for row in rows]


def sample(frames: Sequence[int], most: int) -> list[int]:
    """Return at most *most* of *frames*, evenly spaced; if that is more than one, with the first and the last."""
    if len(frames) <= most:
        return list(frames)
    if most == 1:
        return [frames[0]]
    return [frames[round(i * (len(frames) - 1) / (most - 1))] for i in range(most)]


def _rows(change: Change, most: int, ffmpeg: str, warn: Callable[[str], None]) -> Iterator[Row]:
    numbers = sample(sorted(change.changed + change.added + change.removed), most)
    assert change.before is not None
    assert change.now is not None
    before = _frames(change, change.before, numbers, ffmpeg, warn, "the previous build")
    after = _frames(change, change.now, numbers, ffmpeg, warn, "the last build")
    for k in numbers:
        old, new = before[k], after[k]
        yield Row(k, (old, new, _difference(old, new)))


def _frames(
    change: Change, version: Version, numbers: Sequence[int], ffmpeg: str, warn: Callable[[str], None], build: str
) -> dict[int, Image.Image | str]:
    """Return the picture of each frame in *numbers*, or the reason why there is none."""
    found: dict[int, Image.Image | str] = {
        k: "not in the cache" if version.frame(k) else "no such frame" for k in numbers
    }
    for index, (start, stop, segment) in enumerate(version.blocks()):
        wanted = [k for k in numbers if start <= k < stop]
        if not wanted:
            continue
        path = change.store.path(segment)
        what = f"block {index} (frames {start}-{stop - 1}) of {change.movie} in {build}"
        why = change.store.why_not(segment)
        if why is None:
            warn(f"{what} is not shown: its segment is missing from the cache")
            continue
        if why:
            warn(f"{what} is not shown: its segment {why}")
            found.update(dict.fromkeys(wanted, f"{why} in the cache".removeprefix("is ")))
            continue
        decoded = pictures(ffmpeg, path, [k - start for k in wanted])
        for k, one in zip(wanted, decoded, strict=True):
            found[k] = Image.frombytes("RGB", (one.width, one.height), one.pixels)
    return found


def _difference(old: Image.Image | str, new: Image.Image | str) -> Image.Image | str:
    """Return the new frame, faded, with the differences marked in it."""
    if isinstance(old, str) or isinstance(new, str):
        return ""
    if old.size != new.size:
        return f"{old.width} x {old.height} before, {new.width} x {new.height} now"
    red, green, blue = ImageChops.difference(old, new).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    faint = Image.blend(Image.new("RGB", new.size, _PAPER), new.convert("L").convert("RGB"), 0.25)
    # Scale by the strongest difference, so that a faint difference is visible if there is no stronger one.  Square
    # the level, so that the encoder's noise is not visible.
    peak = max(1, *(level for level, count in enumerate(most.histogram()) if count))
    strength = most.point([min(255, 255 * level * level // peak**2) for level in range(256)])
    return Image.composite(Image.new("RGB", new.size, _MARK), faint, strength)


def _heads(change: Change) -> tuple[str, ...]:
    built = [time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(when)) for when in change.when]
    return (*(f"{head}, built {when}" for head, when in zip(_HEADS, built, strict=False)), _HEADS[2])


# -- one picture ----------------------------------------------------------


def _as_picture(parts: Sequence[tuple[Change, list[Row]]]) -> Image.Image:
    width, height = _cell_size([row for _, rows in parts for row in rows])
    font, bold = ImageFont.load_default(13), ImageFont.load_default(17)
    total = _GAP + sum(2 * _LINE + _GAP + (height + _LINE + _GAP) * len(rows) for _, rows in parts)
    sheet = Image.new("RGB", (3 * (width + _GAP) + _GAP, total), _PAPER)
    draw = ImageDraw.Draw(sheet)
    y = _GAP
    for change, rows in parts:
        draw.text((_GAP, y), f"{change.movie}: {change.line()}", _INK, bold)
        y += _LINE + _GAP // 2
        for column, head in enumerate(_heads(change)):
            draw.text((_GAP + column * (width + _GAP), y), head, _INK, font)
        y += _LINE + _GAP // 2
        for row in rows:
            draw.text((_GAP, y), f"frame {row.frame}", _INK, font)
            y += _LINE
            for column, cell in enumerate(row.cells):
                x = _GAP + column * (width + _GAP)
                if isinstance(cell, str):
                    draw.rectangle((x, y, x + width - 1, y + height - 1), _EMPTY)
                    draw.text((x + width // 2, y + height // 2), cell, _INK, font, anchor="mm")
                else:
                    image = _fitted(cell)
                    sheet.paste(image, (x, y))
                    draw.rectangle((x - 1, y - 1, x + image.width, y + image.height), outline="#bbbbbb")
            y += height + _GAP
    return sheet


def _cell_size(rows: Sequence[Row]) -> tuple[int, int]:
    sizes = [_fitted_size(cell) for row in rows for cell in row.cells if not isinstance(cell, str)]
    if not sizes:
        return 240, 180
    return max(240, max(width for width, _ in sizes)), max(height for _, height in sizes)


def _fitted_size(image: Image.Image) -> tuple[int, int]:
    scale = min(1.0, _WIDEST / image.width)
    return round(image.width * scale), max(1, round(image.height * scale))


def _fitted(image: Image.Image) -> Image.Image:
    size = _fitted_size(image)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)


# -- one page -------------------------------------------------------------

_STYLE = """\
body { font: 15px/1.4 system-ui, sans-serif; color: #222; margin: 1.5em; }
table { border-collapse: collapse; }
th, td { padding: .3em .5em; text-align: left; vertical-align: top; font-weight: normal; }
th[scope=row] { white-space: nowrap; }
td { border: 1px solid #bbb; background: #e4e4e4; text-align: center; vertical-align: middle; }
td.shown { padding: 0; background: none; }
img { display: block; max-width: 29vw; height: auto; }
"""


def _as_page(parts: Sequence[tuple[Change, list[Row]]]) -> str:
    lines = ["<!doctype html>", '<html lang="en">', '<meta charset="utf-8">', "<title>iparsave diff</title>"]
    lines += [f"<style>\n{_STYLE}</style>"]
    for change, rows in parts:
        lines += [f"<h2>{html.escape(f'{change.movie}: {change.line()}')}</h2>", "<table>"]
        heads = "".join(f'<th scope="col">{html.escape(head)}' for head in _heads(change))
        lines.append(f"<tr><th>{heads}")
        for row in rows:
            cells = "".join(_cell(f"frame {row.frame}, {_HEADS[n]}", cell) for n, cell in enumerate(row.cells))
            lines.append(f'<tr><th scope="row">frame {row.frame}{cells}')
        lines.append("</table>")
    return "\n".join(lines) + "\n</html>\n"


def _cell(what: str, cell: Image.Image | str) -> str:
    if isinstance(cell, str):
        return f"<td>{html.escape(cell)}"
    written = io.BytesIO()
    cell.save(written, format="PNG")
    data = base64.b64encode(written.getvalue()).decode("ascii")
    return f'<td class="shown"><img alt="{what}" src="data:image/png;base64,{data}">'
