"""Uploaded pictures: what is taken, what is refused, and what comes out."""

import io
import struct
import zlib

import pytest
from PIL import Image

from products.exceptions import ImageInvalid, ImageTooLarge
from products.images import LONGEST_EDGE, MAX_BYTES, pictures_make


def image_file(
    kind: str = "PNG", size: tuple[int, int] = (1200, 600), mode: str = "RGB", **options: object
) -> io.BytesIO:
    file = io.BytesIO()
    Image.new(mode, size, (200, 30, 30, 128)[: len(mode)]).save(file, kind, **options)
    file.seek(0)
    return file


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_becomes_webp_with_narrower_renditions(kind: str) -> None:
    pictures = pictures_make(image_file(kind))
    assert opened(pictures.original.content).format == "WEBP"
    assert (pictures.original.width, pictures.original.height) == (1200, 600)
    assert {width: (p.width, p.height) for width, p in pictures.renditions.items()} == {
        160: (160, 80),
        480: (480, 240),
        960: (960, 480),
    }
    assert opened(pictures.renditions[480].content).size == (480, 240)


def test_is_never_enlarged_and_never_larger_than_the_bound() -> None:
    assert pictures_make(image_file(size=(100, 100))).renditions == {}
    wide = pictures_make(image_file(size=(4800, 1200)))
    assert (wide.original.width, wide.original.height) == (LONGEST_EDGE, 600)
    assert pictures_make(image_file(size=(4000, 1))).original.height == 1


def test_transparency_stays() -> None:
    assert opened(pictures_make(image_file(mode="RGBA")).original.content).mode == "RGBA"


def test_is_turned_upright_and_loses_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Camera of Mrs Example"
    picture = pictures_make(image_file("JPEG", size=(40, 20), exif=exif)).original
    assert (picture.width, picture.height) == (20, 40)
    assert b"Example" not in picture.content
    assert dict(opened(picture.content).getexif()) == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.4",
        image_file().getvalue()[:60],
        b"not an image" * 100,
    ],
)
def test_what_is_no_image_is_refused(content: bytes) -> None:
    with pytest.raises(ImageInvalid):
        pictures_make(io.BytesIO(content))


def test_other_formats_that_pillow_knows_are_refused() -> None:
    with pytest.raises(ImageInvalid):
        pictures_make(image_file("TIFF"))


def test_a_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    with pytest.raises(ImageTooLarge):
        pictures_make(io.BytesIO(bomb))
    with pytest.raises(ImageTooLarge, match="million"):
        pictures_make(image_file(mode="L", size=(9000, 6000)))


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(ImageTooLarge):
        pictures_make(io.BytesIO(b"\0" * (MAX_BYTES + 1)))
