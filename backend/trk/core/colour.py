"""A campaign's accent colour, made readable wherever the page uses it (WCAG 2.2, contrast 4.5)."""

from __future__ import annotations

READABLE = 4.5
"""The contrast that small text needs against what is behind it."""

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


def readable(colour: str, ground: str) -> str:
    """`colour`, or the nearest to it towards black or white that is readable on `ground`."""
    towards = on(ground)
    for step in range(21):
        mixed = _mix(colour, towards, step / 20)
        if contrast(mixed, ground) >= READABLE:
            return mixed
    return towards


def theme(accent: str) -> str:
    """The style sheet that gives the campaign's page this accent colour."""
    light, dark = readable(accent, LIGHT), readable(accent, DARK)
    return (
        f":root{{--accent:{accent};--on-accent:{on(accent)};--link:{light}}}"
        f"@media(prefers-color-scheme:dark){{:root:not(.light){{--link:{dark}}}}}"
    )


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mix(colour: str, other: str, share: float) -> str:
    mixed = (
        round(a + (b - a) * share) for a, b in zip(_channels(colour), _channels(other), strict=True)
    )
    return "#" + "".join(f"{channel:02x}" for channel in mixed)
