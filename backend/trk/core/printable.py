"""What visitors and strangers wrote, where a terminal or a console shows it.

Control characters (C1 and DEL among them) steer a terminal; bidirectional marks, line separators
and invisible characters make a line say something else than it does.
"""

from __future__ import annotations

import re

_OTHERS = re.compile(r"[^\x20-\x7e]")


def printable(text: str, keep: str = "") -> str:
    r"""`text` with every character that is not printable, and not in `keep`, as JSON escapes it:
    `\u0085`. What was JSON stays the same JSON."""
    if text.isprintable():
        return text
    return _OTHERS.sub(
        lambda found: (
            found[0] if found[0].isprintable() or found[0] in keep else _escaped(found[0])
        ),
        text,
    )


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(rf"\u{units[n : n + 4]}" for n in range(0, len(units), 4))
