"""Files of pictures, good and bad, as owners may upload them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

GREEN = (31, 92, 77)


def picture(
    mode: str = "RGB", size: tuple[int, int] = (1600, 600), kind: str = "PNG", **how: Any
) -> bytes:
    """A picture in one colour."""
    colour: Any = {"RGB": GREEN, "RGBA": (*GREEN, 0), "CMYK": (255, 0, 0, 0)}.get(mode, 128)
    return saved(Image.new(mode, size, colour), kind, **how)


def saved(image: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    """An image as a file."""
    made = io.BytesIO()
    image.save(made, kind, **how)
    return made.getvalue()


def halves(size: tuple[int, int] = (400, 200)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    return image


def noise(size: tuple[int, int] = (2400, 1200)) -> bytes:
    """A picture that can hardly be compressed, as a photograph of leaves."""
    return saved(Image.effect_noise(size, 80).convert("RGB"), "JPEG", quality=60)


def bomb(width: int = 10_000, height: int = 10_000) -> bytes:
    """A PNG of a few kilobytes that would take 400 MB."""
    return _png((width, height), 8, 0, bytes(width + 1) * min(height, 1_000))


def keyed(depth: int, kind: int, row: bytes, transparent: bytes, width: int = 2) -> bytes:
    """A PNG of one row of pixels, and 99 more of them, with a transparent colour (tRNS).

    `kind` is 0 for grey and 2 for colours; `row` and `transparent` are as the file has them.
    """
    return _png((width, 100), depth, kind, (b"\0" + row) * 100, (b"tRNS", transparent))


def _png(
    size: tuple[int, int], depth: int, kind: int, rows: bytes, *more: tuple[bytes, bytes]
) -> bytes:
    head = struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, 0)
    chunks = [(b"IHDR", head), *more, (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def opened(content: bytes) -> Image.Image:
    """What is served, decoded."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
