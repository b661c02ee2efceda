"""Identify encoders by the bytes that they produce in a trial.

What a trial has shown is kept in the project's cache, and in the user's, where all projects find it.
"""

from __future__ import annotations

import contextlib
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..cache import records
from ..cache.store import Store, digest_of_file
from ..config import user_cache_folder
from ..errors import EncoderError
from ..keys.canonical import Digest
from ..keys.reads import program_signature
from ..media.encode import Encoder, Encoding, header_options
from ..processes import proc, programs

_KIND = "encoders"
_PROBE_FRAMES = 3


def with_header(ffmpeg: str, encoding: Encoding, store: Store, *, remember: bool = True) -> Encoding:
    """Return *encoding* with options for joining that give the movie the header its encoder would have written.

    Matroska keeps the range and space of colours and the scan type in its header; the containers of segments do not.
    A trial shows what the encoder writes.
    """
    if encoding.why_one_block or encoding.movie_suffix != ".mkv":
        return encoding
    digest = _digest_without_trial(ffmpeg, encoding).add("header", encoding.movie_suffix)
    key = digest.hexdigest()
    known = _recall(store, key, remember=remember)
    if known is None:
        whole = replace(encoding, why_one_block="it is a trial", suffix=encoding.movie_suffix)
        printed = ""
        with contextlib.suppress(EncoderError), _trial(ffmpeg, whole) as (output, _):
            probe = programs.run([ffmpeg, "-hide_banner", "-i", str(output)])
            printed = probe.stderr.decode("utf-8", "replace")
        known = {"header": header_options(printed)}
        if remember:
            _remember(store, key, known)
    # The user's own options come later, and so take precedence.
    joint = replace(encoding.joint, options=(*known["header"], *encoding.joint.options))
    return replace(encoding, joint=joint)


def _digest_without_trial(ffmpeg: str, encoding: Encoding) -> Digest:
    """Return the digest of a program and its options, as far as they are known without a trial."""
    digest = Digest("encoder").add("program", program_signature(ffmpeg))
    for name, value in encoding.key():
        digest.add("option", name).add("is", value)
    return digest


@contextlib.contextmanager
def _trial(ffmpeg: str, encoding: Encoding) -> Iterator[tuple[Path, str]]:
    """Encode a few frames; yield the file, and the checksum of the codec's header."""
    with tempfile.TemporaryDirectory(dir=tempfile.gettempdir()) as folder, tempfile.TemporaryFile() as frames:
        output = Path(folder, "probe" + encoding.suffix)
        width, height = encoding.size
        row = bytes(range(256)) * (width * 4 // 256 + 2)
        for k in range(_PROBE_FRAMES):
            frames.write(b"".join(row[(y * 4 + k) % 64 :][: width * 4] for y in range(height)))
        frames.seek(0)
        extradata = Encoder(ffmpeg, encoding, frames, output, "three test frames").finish(_PROBE_FRAMES)
        if not output.exists():
            raise EncoderError("ffmpeg wrote no file", "check that the options of the writer name no other output file")
        yield output, extradata


def encoder_identity(ffmpeg: str, encoding: Encoding, store: Store, *, remember: bool = True) -> str:
    """Return the digest that identifies an encoder with these options.

    ``ffmpeg -version`` does not name the version of x264, for example.  So a few frames are
    encoded, and the bytes are digested.  The result is remembered under the program's signature.

    Raises
    ------
    EncoderError
        If the encoder does not accept the options.
    """
    key = _digest_without_trial(ffmpeg, encoding).hexdigest()
    known = _recall(store, key, remember=remember)
    if known is not None:
        return str(known["identity"])

    # Run both at the same time, since each spends most of its time loading the program's libraries.
    process = programs.start([ffmpeg, "-version"], stdout=programs.PIPE, stderr=programs.NOTHING)
    with process, _trial(ffmpeg, encoding) as (output, extradata):
        version, _ = process.communicate()
        digest = Digest("identity").add("version", version)
        digest.add("extradata", extradata).add("bytes", digest_of_file(output))
    identity = digest.hexdigest()
    if remember:
        _remember(store, key, {"identity": identity})
    return identity


def _recall(store: Store, key: str, *, remember: bool) -> dict[str, Any] | None:
    """Return what an earlier trial has shown, in this project or in another one of the user on this machine."""
    known = store.read(_KIND, key)
    if known is None:
        known = records.read(records.place(user_cache_folder(), _KIND, _here(key)))
        if known is not None and remember:
            store.write(_KIND, key, known)
    return known


def _remember(store: Store, key: str, shown: dict[str, Any]) -> None:
    """Keep what a trial has shown."""
    store.write(_KIND, key, shown)
    records.write(user_cache_folder(), _KIND, _here(key), shown)  # without a home folder, each project has its trial


def _here(key: str) -> str:
    """Return the key of a record that holds on this machine alone.

    Machines may share a home folder.  ffmpeg chooses its instructions by the processor, and some round differently.
    """
    digest = Digest("machine").add("node", platform.node()).add("kind", platform.machine())
    return digest.add("features", proc.processor_features()).add("key", key).hexdigest()
