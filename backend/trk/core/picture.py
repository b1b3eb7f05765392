"""Pictures of a campaign: where they can be, how large they are shown, and what may be uploaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple

from trk.core.mistakes import Draft, line
from trk.core.rejection import shown

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 30_000_000
MOST_SIDE = 9_999
MOST_IS = (
    f"expected at most {MOST_SIDE} pixels a side and {MOST_PIXELS // 1_000_000} million together. "
    "Save it smaller: it is shown with 1200 pixels at the most."
)
FORMATS = ("PNG", "JPEG", "WebP", "GIF")

Kind = Literal["banner", "logo", "prize", "action"]


class Size(NamedTuple):
    """A size in which a kind of picture is shown: the box that it fits into (pixels), and the most
    bytes that it may take."""

    width: int
    height: int
    most: int


SIZES: Mapping[Kind, tuple[Size, ...]] = {
    "banner": (Size(480, 480, 20_000), Size(800, 800, 40_000), Size(1200, 1200, 60_000)),
    "logo": (Size(160, 80, 5_000), Size(320, 160, 10_000)),
    "prize": (Size(120, 120, 5_000), Size(360, 360, 12_000), Size(720, 720, 24_000)),
    "action": (Size(80, 80, 3_000), Size(160, 160, 6_000)),
}
"""Of each kind, the smallest first. The largest of each and the page itself take less than
120 KB together, however fine a screen is."""

_PLACE = re.compile(r"(banner|logo)|(prize|action)-([1-9][0-9]{0,17})")
_ALSO = {"MPO": "JPEG"}
"""Formats that are one of ours with something behind it: phones write a second picture there."""
_ENDINGS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP", "gif": "GIF"}


class PicturePlace(NamedTuple):
    """Where a picture is: the campaign's `banner` or `logo`, or at a prize or an action, by its
    id."""

    kind: Kind
    id: int = 0

    def __str__(self) -> str:
        """As addresses and rows have it: `banner`, `prize-12`."""
        return f"{self.kind}-{self.id}" if self.id else self.kind


class PictureError(ValueError):
    """What was uploaded can't be used; the message says why, and what was expected."""


class PictureText(Draft, frozen=True):
    """What a picture shows, in words, for those who do not see it; empty if it only decorates."""

    alt: Annotated[str, line(200, least=0)] = ""


def place_of(text: str) -> PicturePlace | None:
    """The place with this name; None if there is no such place."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    if found[1]:
        return PicturePlace("banner" if found[1] == "banner" else "logo")
    return PicturePlace("prize" if found[2] == "prize" else "action", int(found[3]))


def check_size(content: bytes, name: str) -> None:
    """Raise PictureError if a file is empty, or larger than it may be."""
    what = shown(name) if name else "The file"
    if not content:
        raise PictureError(f"{what} is empty; expected a picture ({', '.join(FORMATS)}).")
    if len(content) > MOST_BYTES:
        size = len(content) / 1024 / 1024
        raise PictureError(f"{what} has {size:.1f} MB; expected at most 5 MB.")


def check_format(found: str, name: str) -> None:
    """Raise PictureError if a file's name says another format than was `found` in it."""
    found = _ALSO.get(found, found)
    said = _ENDINGS.get(name.rpartition(".")[2].lower()) if "." in name else None
    if said is not None and said != found:
        raise PictureError(
            f"{shown(name)} is {found} by what is in it; expected {said}, as its name says. Give "
            "it the right ending, or save it anew."
        )


def check_pixels(width: int, height: int) -> None:
    """Raise PictureError if a picture is larger than it may be."""
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise PictureError(f"The picture has {width} × {height} pixels; {MOST_IS}")
