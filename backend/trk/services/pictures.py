"""Pictures: decoded, drawn in the sizes in which they are shown, and stored."""

from __future__ import annotations

import asyncio
import hashlib
import io
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from PIL import Image, ImageChops, ImageCms, ImageOps, UnidentifiedImageError

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.picture import (
    FORMATS,
    MOST_IS,
    MOST_PIXELS,
    SIZES,
    Kind,
    PictureError,
    PicturePlace,
    PictureText,
    Size,
    check_format,
    check_pixels,
    check_size,
)
from trk.core.rejection import shown
from trk.services.audit import note
from trk.store import pictures
from trk.store.pictures import File
from trk.store.program import Transaction

# More is told by the header and refused before anything is decoded; what Pillow finds further on
# is an error too, and no warning.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

_DECODERS = tuple(name.upper() for name in FORMATS)
_QUALITIES = (84, 74, 62, 48, 34, 20)
"""How well a picture is drawn: the first that takes no more bytes than it may."""
_ENOUGH = (2400, 2400)
"""A JPEG that is larger is not decoded in its full size."""
MOST_AT_ONCE = 4
"""How many pictures may be in work or waiting."""


class PicturesCrowded(Exception):
    """As many pictures are in work or waiting as may be; it works again within seconds."""


class Studio:
    """Draws pictures, one at a time in a thread of its own, since one may take 300 MB and some
    seconds: no beacon waits for it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "pictures")
        self._places = BoundedSemaphore(MOST_AT_ONCE)

    async def drawn(self, content: bytes, name: str, kind: Kind) -> tuple[str, list[File]]:
        """A file as it is shown: in its sizes, and a hash of them.

        Raises PictureError if it can't be used, and PicturesCrowded.
        """
        if not self._places.acquire(blocking=False):
            raise PicturesCrowded
        work = self._thread.submit(drawn, content, name, kind)
        # Also of a picture for which nobody waits any more.
        work.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(work)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False)


def drawn(content: bytes, name: str, kind: Kind) -> tuple[str, list[File]]:
    """The same, in this thread."""
    check_size(content, name)
    picture = _decoded(content, name)
    made: dict[int, File] = {}
    for size in reversed(SIZES[kind]):
        picture = _fitting(picture, size)
        each = _written(picture, size.most)
        made[each.width] = each
    files = sorted(made.values())
    return hashlib.sha256(b"".join(each.content for each in files)).hexdigest()[:24], files


async def put_picture(
    tx: Transaction,
    campaign: Campaign,
    place: PicturePlace,
    made: tuple[str, Sequence[File]] | None,
    text: PictureText,
) -> None:
    """Store a picture that was drawn, or (without one) only its text. Raises DraftError."""
    text.check()
    if made is None:
        await pictures.describe(tx, campaign, place, text.alt)
    else:
        hashed, files = made
        await pictures.put(tx, campaign, place, files, hashed=hashed, alt=text.alt, now=now_ms())
    await note(tx, "changed", "picture", about=str(place), campaign=campaign)


async def remove_picture(tx: Transaction, campaign: Campaign, place: PicturePlace) -> bool:
    """Remove a picture; False if there is none."""
    if not await pictures.remove(tx, campaign.id, place):
        return False
    await note(tx, "deleted", "picture", about=str(place), campaign=campaign)
    return True


def _decoded(content: bytes, name: str) -> Image.Image:
    """The first frame of a picture, upright, in plain colours, and with nothing else of the file's:
    no place where it was taken, no text."""
    what = shown(name) if name else "The file"
    try:
        opened = Image.open(io.BytesIO(content), formats=_DECODERS)
        check_format(opened.format or "", name)
        check_pixels(*opened.size)
        opened.draft(None, _ENOUGH)
        opened.load()
        if opened.format == "PNG":
            _scale_transparency(opened, depth=content[24])
        plain = _plain(_upright(opened))
    except UnidentifiedImageError:
        expected = ", ".join(FORMATS)
        raise PictureError(f"{what} is no picture that can be read; expected {expected}.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(f"{what} is too large; {MOST_IS}") from None
    except PictureError:
        raise
    except Exception as broken:  # Pillow's decoders raise whatever they meet in a broken file
        raise PictureError(f"{what} is damaged ({broken}); expected a whole picture.") from None
    plain.info = {}
    return plain


def _upright(picture: Image.Image) -> Image.Image:
    """A picture as the camera was held, if the file says how in a way that can be read."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # nothing else of it is wanted, and Pillow raises whatever it meets
        return picture


def _plain(picture: Image.Image) -> Image.Image:
    """A picture in 8 bits of red, green and blue, with alpha where it is transparent."""
    if picture.mode == "I;16":
        return _plain_grey(picture)
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return _in_srgb(picture)


def _scale_transparency(picture: Image.Image, depth: int) -> None:
    """Write the transparent colour of a PNG as its pixels are written: Pillow leaves it in the
    depth of the file, and makes 8 bits of all pixels but those of 16 bits of grey."""
    found, most = picture.info.get("transparency"), (1 << depth) - 1

    def scaled(value: int) -> int:
        # What does not fit into the depth is nothing: PNG, 11.3.2.1.
        return (value & most) >> 8 if depth == 16 else (value & most) * 255 // most

    if isinstance(found, int) and picture.mode in ("1", "L"):
        picture.info["transparency"] = scaled(found)
    elif isinstance(found, tuple):
        picture.info["transparency"] = tuple(map(scaled, found))


def _plain_grey(picture: Image.Image) -> Image.Image:
    """The same of a picture in 16 bits of grey."""
    pixels = picture.tobytes()
    low, high = (Image.frombytes("L", picture.size, pixels[n::2]) for n in (0, 1))
    plain, transparent = high.convert("RGB"), picture.info.get("transparency")
    if transparent is not None:
        other = (
            plane.point([int(value != wanted) * 255 for value in range(256)])
            for plane, wanted in ((low, transparent & 255), (high, transparent >> 8))
        )
        plain.putalpha(ImageChops.lighter(*other))
    return plain


def _in_srgb(picture: Image.Image) -> Image.Image:
    """A picture in the colours of the web; its own profile would be lost with all else."""
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "CMYK"):
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError):
            return picture.convert("RGB")  # a broken profile says nothing
        assert converted is not None
        return converted
    return picture.convert("RGB")


def _fitting(picture: Image.Image, size: Size) -> Image.Image:
    """A picture that fits into a box; one that is smaller stays as it is."""
    share = min(1.0, size.width / picture.width, size.height / picture.height)
    fitting = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture.resize(fitting, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _written(picture: Image.Image, most: int) -> File:
    """A picture as WebP, as well as so many bytes allow; a smaller one if they do not."""
    for quality in _QUALITIES:
        made = io.BytesIO()
        picture.save(made, "WEBP", quality=quality, method=4)
        if made.tell() <= most:
            return File(*picture.size, made.getvalue())
    less = Size(max(1, picture.width * 3 // 4), max(1, picture.height * 3 // 4), most)
    return _written(_fitting(picture, less), most)
