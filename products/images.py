"""From an uploaded file to pictures that can be shown: checked by their content, turned upright, without metadata.

Nothing here touches a table or the file store; decoding takes long, so it happens outside any transaction.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from products.exceptions import ImageInvalid, ImageTooLarge

MAX_BYTES = 15_000_000
MAX_PIXELS = 50_000_000
"""Decoded, that is 200 MB at the most."""

LONGEST_EDGE = 2400
WIDTHS = (160, 480, 960)
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Pace:
    """How much work goes into a file."""

    effort: int
    """What WebP calls its method: 0 is quick, 6 makes small files."""
    reducing_gap: float | None
    """How exactly a large picture is made smaller: None entirely, 1 by averaging first where that is possible."""


THOROUGH = Pace(effort=4, reducing_gap=None)
QUICK = Pace(effort=2, reducing_gap=1.0)
"""For flat drawings: a tenth larger, in half of the time, and nobody sees a difference."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as WebP."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Pictures:
    """The picture itself, and smaller ones by their width."""

    original: Picture
    renditions: dict[int, Picture]


def pictures_make(file: IO[bytes]) -> Pictures:
    """Read one image of somebody else's and return it as WebP, with its smaller renditions.

    Raises:
        ImageInvalid: the content is no JPEG, PNG, WebP, GIF or AVIF, whatever its name says, or it is damaged.
        ImageTooLarge: more bytes or more pixels than are taken; the pixels are counted before they are decoded.
    """
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        message = f"An image file may have {MAX_BYTES // 1_000_000} MB at the most."
        raise ImageTooLarge(message)
    with _strict(), Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
        width, height = opened.size
        if width * height > MAX_PIXELS:
            message = f"{width} x {height} pixels are too many; send {MAX_PIXELS // 1_000_000} million at the most."
            raise ImageTooLarge(message)
        # Large JPEGs are decoded at a fraction of their size where that is enough.
        opened.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
        upright = ImageOps.exif_transpose(opened)
        image = upright.convert("RGBA" if _has_transparency(upright) else "RGB")
    image.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    return pictures_of(image)


def pictures_of(image: Image.Image, *, pace: Pace = THOROUGH) -> Pictures:
    """Return a decoded picture, or one that was drawn, as WebP with its smaller renditions."""
    return Pictures(
        original=_encoded(image, pace),
        renditions={width: _encoded(_narrowed(image, width, pace), pace) for width in WIDTHS if width < image.width},
    )


@contextmanager
def _strict() -> Iterator[None]:
    """Turn whatever Pillow says of a file that it can't or won't decode into a refusal."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLarge from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:
        # SVG is refused here too: it is a document with scripts, not a picture.
        raise ImageInvalid from error


def _has_transparency(image: Image.Image) -> bool:
    return image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info


def _narrowed(image: Image.Image, width: int, pace: Pace) -> Image.Image:
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=pace.reducing_gap)


def _encoded(image: Image.Image, pace: Pace) -> Picture:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=_QUALITY, method=pace.effort)
    return Picture(buffer.getvalue(), image.width, image.height)
