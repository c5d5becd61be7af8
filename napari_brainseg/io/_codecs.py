"""JPEG in its kinds for pydicom, by imagecodecs: a decoding plugin in pydicom's own sense.

pydicom's other plugins each know some of the kinds, and JPEG lossless, the usual one of CT
archives, only under the GPL or by way of GDCM. imagecodecs is installed for TIFF anyway and knows
them all, so that a file decodes to the same values on every installation.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from pydicom import uid
from pydicom.pixels.decoders import base

if TYPE_CHECKING:
    from pydicom.pixels.decoders.base import DecodeRunner
    from pydicom.uid import UID

__all__ = ["PLUGIN", "decoder_for"]

PLUGIN = "imagecodecs"

CODECS = {
    uid.JPEGBaseline8Bit: "jpeg8_decode",
    uid.JPEGExtended12Bit: "jpeg8_decode",
    uid.JPEGLossless: "jpeg8_decode",
    uid.JPEGLosslessSV1: "jpeg8_decode",
    uid.JPEGLSLossless: "jpegls_decode",
    uid.JPEGLSNearLossless: "jpegls_decode",
    uid.JPEG2000Lossless: "jpeg2k_decode",
    uid.JPEG2000: "jpeg2k_decode",
    uid.HTJ2KLossless: "jpeg2k_decode",
    uid.HTJ2KLosslessRPCL: "jpeg2k_decode",
    uid.HTJ2K: "jpeg2k_decode",
}

DECODER_DEPENDENCIES = dict.fromkeys(CODECS, ("imagecodecs",))
"""What pydicom names where the plugin is not available."""


def is_available(syntax: str) -> bool:
    """Whether a transfer syntax can be decoded; asked by pydicom."""
    return syntax in CODECS and find_spec("imagecodecs") is not None


@cache
def decoder_for(syntax: UID) -> str | None:
    """Name the plugin that decodes a transfer syntax.

    Returns
    -------
    str or None
        A plugin's name, empty where pydicom decodes by itself; None where no decoder is installed.
    """
    if not syntax.is_encapsulated:
        return ""
    try:
        decoder = base.get_decoder(syntax)
    except NotImplementedError:  # video and whatever else pydicom does not know
        return None
    if is_available(syntax) and PLUGIN not in decoder.available_plugins:
        decoder.add_plugin(PLUGIN, (__name__, "decode_frame"))
    if PLUGIN in decoder.available_plugins:
        return PLUGIN
    return "" if decoder.is_available else None


def decode_frame(source: bytes, runner: DecodeRunner) -> bytearray:
    """Decode one grey frame; called by pydicom.

    Raises
    ------
    ValueError
        If the picture inside is not of the size that the header announces.
    """
    import imagecodecs

    syntax = runner.transfer_syntax
    decode = getattr(imagecodecs, CODECS[syntax])
    shape = (runner.rows, runner.columns)
    # Given an array, the codec compares it with what the stream announces, and allocates nothing.
    try:
        frame = decode(source, out=np.empty(shape, np.uint16))
    except ValueError:  # not two bytes a pixel, or not of this shape, which fails again
        frame = decode(source, out=np.empty(shape, np.uint8))
    # pydicom reads the bytes as this many bits, with the sign that the header states.
    runner.set_option("bits_allocated", 8 * frame.itemsize)
    # JPEG-LS knows no sign, and some writers state all 16 bits where the sign is in the twelfth.
    precision = runner.get_option("jls_precision", runner.bits_stored)
    runner.set_option("jls_precision", min(precision, runner.bits_stored))
    return bytearray(frame.tobytes())
