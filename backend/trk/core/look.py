"""How a campaign's page looks: an owner's choices, as a style sheet in which all is readable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from trk.core.colour import ACCENT, DARK, LIGHT, VISIBLE, contrast, is_dark, mix, on, readable
from trk.core.stylesheet import written

Scheme = Literal["both", "light", "dark"]
"""Whether the page follows the browser's choice, or is always light, or always dark."""
Corners = Literal["rounded", "square"]
Font = Literal["system", "humanist", "rounded", "serif"]
"""One of four stacks of fonts that devices have: nothing is loaded."""

STACKS: Mapping[Font, str] = {
    "system": "system-ui,sans-serif",
    "humanist": "Seravek,'Gill Sans Nova',Ubuntu,Calibri,'DejaVu Sans',source-sans-pro,sans-serif",
    "rounded": "ui-rounded,'Hiragino Maru Gothic ProN',Quicksand,Comfortaa,Manjari,"
    "'Arial Rounded MT Bold',Calibri,source-sans-pro,sans-serif",
    "serif": "Charter,'Bitstream Charter','Sitka Text',Cambria,Georgia,serif",
}


class Look(Protocol):
    """What a campaign has of it; colours such as `#0a7cff`, or empty."""

    @property
    def accent(self) -> str: ...
    @property
    def background(self) -> str: ...
    @property
    def scheme(self) -> Scheme: ...
    @property
    def corners(self) -> Corners: ...
    @property
    def font(self) -> Font: ...
    @property
    def css(self) -> str: ...


def style_of(look: Look) -> str:
    """The style sheet of a campaign's page, behind the common one; empty if nothing is chosen."""
    made = ""
    if look.accent or look.background or look.scheme != "both":
        made += _colours(look)
    shape = ""
    if look.corners == "square":
        shape += "--round:0px;--round-small:0px;"
    if look.font != "system":
        shape += f"--font:{STACKS[look.font]};"
    if shape:
        made += f":root{{{shape}}}"
    return made + (written(look.css) if look.css else "")


def palette(accent: str, ground: str) -> dict[str, str]:
    """The page's colours on this background, by their names in static/campaign.css."""
    text, dark = on(ground), is_dark(ground)
    if not dark:
        card = mix(ground, "#ffffff", 0.75)
    elif contrast(ground, text) > 9:  # so dark that white can be read on a lighter one too
        card = mix(ground, "#ffffff", 0.05)
    else:
        card = mix(ground, "#000000", 0.2)
    behind = min(ground, card, key=lambda each: contrast(each, text))
    return {
        "accent": accent,
        "on-accent": on(accent),
        "edge": readable(accent, card, VISIBLE),
        "link": readable(accent, behind),
        "ground": ground,
        "card": card,
        "text": readable(mix(text, ground, 0.08), behind, 7),
        "soft": readable(mix(text, ground, 0.38), behind),
        "line": mix(text, ground, 0.84),
        "good": readable("#6fd79b" if dark else "#0b6b3a", behind),
        "bad": readable("#ffb4ab" if dark else "#b3261e", behind),
    }


def _colours(look: Look) -> str:
    accent, chosen = look.accent or ACCENT, look.background or LIGHT
    if look.scheme == "light" or (look.scheme == "both" and is_dark(chosen)):
        return f":root:root{{{_declared(accent, chosen)}}}"
    at_night = DARK
    if look.background:
        at_night = chosen if is_dark(chosen) else mix(chosen, DARK, 0.93)
    # Twice the root, to outweigh what the common sheet says for dark mode.
    if look.scheme == "dark":
        return f":root:root{{{_declared(accent, at_night)}}}"
    return (
        f":root{{{_declared(accent, chosen, 'light dark')}}}@media(prefers-color-scheme:dark)"
        f"{{:root:not(.light){{{_declared(accent, at_night, 'light dark')}}}}}"
    )


def _declared(accent: str, ground: str, scheme: str = "") -> str:
    scheme = scheme or ("dark" if is_dark(ground) else "light")
    colours = (f"--{name}:{value};" for name, value in palette(accent, ground).items())
    return f"color-scheme:{scheme};{''.join(colours)}"
