"""Encoders, by what they make."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from ..encode import Encoder, Encoding
from ..errors import EncoderError
from ..store import Store, digest_of_file
from .canonical import Digest
from .reads import program_signature

_PROBE_FRAMES = 3


def encoder_identity(ffmpeg: str, encoding: Encoding, store: Store, *, remember: bool = True) -> str:
    """Return the digest that identifies an encoder with its very options.

    ``ffmpeg -version`` does not name the version of, say, x264, so a few frames
    are encoded and the bytes digested; remembered by the program's signature.

    Raises
    ------
    EncoderError
        If the encoder does not take the options.
    """
    place = Digest("encoder").add("program", program_signature(ffmpeg))
    for name, value in encoding.key():
        place.add("option", name).add("is", value)
    key = place.hexdigest()
    known = store.read("encoders", key)
    if known is not None:
        return str(known["identity"])

    # Beside each other, since most of what both take is to load the program's libraries.
    asked = subprocess.Popen([ffmpeg, "-version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with asked, tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as frames:
        output = Path(folder, "probe" + encoding.suffix)
        width, height = encoding.size
        row = bytes(range(256)) * (width * 4 // 256 + 2)
        for k in range(_PROBE_FRAMES):
            frames.write(b"".join(row[(y * 4 + k) % 64 :][: width * 4] for y in range(height)))
        frames.seek(0)
        extradata = Encoder(ffmpeg, encoding, frames, output, "a trial of three frames").finish(_PROBE_FRAMES)
        if not output.exists():
            raise EncoderError("the encoder wrote no file", "give it a single output file")
        version, _ = asked.communicate()
        digest = Digest("identity").add("version", version)
        digest.add("extradata", extradata).add("bytes", digest_of_file(output))
    identity = digest.hexdigest()
    if remember:
        store.write("encoders", key, {"identity": identity})
    return identity
