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

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(width + 1) * min(height, 1_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def opened(content: bytes) -> Image.Image:
    """What is served, decoded."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
