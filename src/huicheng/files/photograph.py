"""A photograph from outside: checked to be one, bounded, and drawn anew without metadata.

Nothing of the sent file survives but its pixels: no EXIF (place, time, device), no comments, no
colour profiles, no trailing bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import msgspec
from PIL import Image, ImageOps

from huicheng.errors import HuichengError

#: Largest file accepted, in bytes.
MAX_BYTES = 10 * 1024 * 1024
#: Largest picture accepted, in pixels; what it would take in memory is three to four times that.
MAX_PIXELS = 64_000_000
#: Longest side kept, and of the thumbnail, in pixels.
LONGEST_SIDE = 4096
THUMBNAIL_SIDE = 320

_MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_QUALITY = 85
_GPS = 0x8825
_SOUTH_WEST = {"S", "W"}


class NotAnImage(HuichengError):
    """Problem: the file is no JPEG, PNG or WebP picture that can be read. Remedy: send the photograph itself."""

    status = 415
    slug = "not-an-image"
    problem = "The file is not a JPEG, PNG or WebP picture that can be read."
    remedy = "Send the photograph as the camera made it."


class TooLarge(HuichengError):
    """Problem: the picture has more bytes or pixels than allowed. Remedy: send a smaller one."""

    status = 413
    slug = "too-large"
    problem = "The picture is too large."
    remedy = "Send one of at most %(megabytes)s MB and %(megapixels)s million pixels."


def glance(content: bytes, max_bytes: int = MAX_BYTES) -> None:
    """What its size and its header say already, before any pixel is decoded: ``TooLarge``, ``NotAnImage``.

    Costs some 0.1 ms. A picture that passes may still turn out to be none (:func:`redraw`).
    """
    with _opened(content, max_bytes):
        return


class Photograph(msgspec.Struct, frozen=True, kw_only=True):
    """The picture drawn anew."""

    content: bytes
    thumbnail: bytes
    media_type: str
    width: int
    height: int
    #: Longitude and latitude that the camera had written, as a suggestion to the sender; never kept.
    position: tuple[float, float] | None


def redraw(content: bytes, max_bytes: int = MAX_BYTES) -> Photograph:
    """The photograph in ``content``. ``TooLarge``, ``NotAnImage``."""
    with _opened(content, max_bytes) as sent:
        return _redrawn(sent)


@contextmanager
def _opened(content: bytes, max_bytes: int) -> Iterator[Image.Image]:
    """The picture with its header read; whatever goes wrong while it is used is one of our two refusals."""
    if len(content) > max_bytes:
        raise _too_large(max_bytes)
    try:
        with Image.open(BytesIO(content), formats=tuple(_MEDIA_TYPES)) as sent:
            small_enough = sent.width * sent.height <= MAX_PIXELS
            if small_enough:
                yield sent
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(max_bytes) from None
    except Exception as error:  # a decoder may stumble over hostile bytes in any way
        raise NotAnImage from error
    if not small_enough:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(megabytes=max_bytes // 1024**2, megapixels=MAX_PIXELS // 10**6)


def _redrawn(sent: Image.Image) -> Photograph:
    kind = sent.format or ""
    position = _position(sent.getexif())
    # A JPEG decoder can leave out detail while it reads, which spares memory.
    sent.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(sent)
    picture = upright.convert(_mode(upright, kind))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = picture.convert("RGB")
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Photograph(
        content=_encoded(picture, kind),
        thumbnail=_encoded(small, "JPEG"),
        media_type=_MEDIA_TYPES[kind],
        width=picture.width,
        height=picture.height,
        position=position,
    )


def _mode(image: Image.Image, kind: str) -> str:
    return "RGBA" if kind != "JPEG" and image.has_transparency_data else "RGB"


def _encoded(image: Image.Image, kind: str) -> bytes:
    # Some encoders copy comments and profiles from here.
    image.info.clear()
    out = BytesIO()
    image.save(out, kind, **({} if kind == "PNG" else {"quality": _QUALITY}))
    return out.getvalue()


def _position(exif: Image.Exif) -> tuple[float, float] | None:
    """Longitude and latitude of the EXIF GPS directory (CIPA DC-008, 4.6.6), where both make sense."""
    gps = exif.get_ifd(_GPS)
    try:
        latitude, longitude = _degrees(gps[2], gps.get(1)), _degrees(gps[4], gps.get(3))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        return None
    return longitude, latitude


def _degrees(parts: tuple[float, float, float], reference: object) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    magnitude = degrees + minutes / 60 + seconds / 3600
    return round(-magnitude if reference in _SOUTH_WEST else magnitude, 6)
