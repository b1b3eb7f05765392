"""Colours that an owner chooses, made readable wherever the page uses them (WCAG 2.2)."""

from __future__ import annotations

READABLE = 4.5
"""The contrast that small text needs against what is behind it."""
VISIBLE = 3.0
"""The same of what is no text: an edge, a sign."""
ACCENT = "#2f5be0"
"""The accent colour of a campaign that has chosen none."""
LIGHT, DARK = "#f6f7f9", "#0f1216"
"""The page's background in light and dark mode, as in static/campaign.css."""


def contrast(one: str, other: str) -> float:
    """The contrast ratio, 1 to 21, of two colours such as `#0a7cff`."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def on(colour: str) -> str:
    """Black or white: whichever is easier to read on `colour`."""
    return max("#ffffff", "#000000", key=lambda text: contrast(text, colour))


def is_dark(colour: str) -> bool:
    """Is white the text for it?"""
    return on(colour) == "#ffffff"


def readable(colour: str, ground: str, least: float = READABLE) -> str:
    """`colour`, or the nearest to it towards black or white that has this contrast on `ground`."""
    towards = on(ground)
    for step in range(21):
        mixed = mix(colour, towards, step / 20)
        if contrast(mixed, ground) >= least:
            return mixed
    return towards


def mix(colour: str, other: str, share: float) -> str:
    """A colour with this share (0 to 1) of another in it."""
    mixed = (
        round(a + (b - a) * share) for a, b in zip(_channels(colour), _channels(other), strict=True)
    )
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
