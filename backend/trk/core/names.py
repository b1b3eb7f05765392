"""Names as people write them: of people and programs, campaigns, actions and codes."""

from __future__ import annotations

import re
import unicodedata

from trk.core.phrase import phrase

MAX_NAME = 100
"""The most characters of a person's or a program's name."""

_JOINERS = "\u200c\u200d"
"""Without them a Persian name is misspelt, and one emoji is several."""
_BLANKS = "\u2800\u3164\uffa0"
"""Letters and symbols that are seen as a space."""
_ALONE = re.compile(
    f"[ {_JOINERS}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\ufe00-\ufe0f\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]*"
)
"""Nothing of these is seen by itself (Unicode's Default_Ignorable_Code_Point): at most they change
how a letter or an emoji before them looks."""
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f")
"""A flag such as Scotland's: a black one, and letters that nobody sees for the country."""


def clean(text: str) -> str:
    """`text` in one line, without what nobody sees: empty if nothing is seen of it.

    Any space is one space; what only joins letters stays. Control characters go, and marks that
    only set the direction of writing (they make a name look like another one), and half a surrogate
    pair, which no database takes.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    flags = {n for flag in _FLAG.finditer(text) for n in range(*flag.span())}
    kept = (
        " " if c.isspace() or c in _BLANKS else c
        for n, c in enumerate(text)
        if n in flags
        or c.isspace()
        or c in _JOINERS
        or unicodedata.category(c) not in ("Cc", "Cf", "Cs")
    )
    cleaned = " ".join("".join(kept).split())
    return "" if _ALONE.fullmatch(cleaned) else cleaned


def name_mistake(name: str, missing: str) -> str | None:
    """What is wrong with a name, which `clean` has cleaned; `missing` is said if there is none."""
    if not name:
        return missing
    if len(name) > MAX_NAME:
        return phrase(
            "Use at most %(most)s characters; this name has %(length)s.",
            most=MAX_NAME,
            length=len(name),
        )
    return None


def public_name(name: str) -> str:
    """A winner's name for everybody's eyes: `Ann Barbara Smith` is `Ann S.`, at most 40 characters.

    Of an e-mail address that was given as a name, only the part before the @ is shown.
    """
    first, *others = name.split()
    shown = first.split("@")[0][:36] or "A winner"
    return f"{shown} {others[-1][0]}." if others else shown
