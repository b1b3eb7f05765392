"""Names of people as a page shows them to others."""

from __future__ import annotations


def public_name(name: str) -> str:
    """A winner's name for everybody's eyes: `Ann Barbara Smith` is `Ann S.`, at most 40 characters.

    Of an e-mail address that was given as a name, only the part before the @ is shown.
    """
    first, *others = name.split()
    shown = first.split("@")[0][:36] or "A winner"
    return f"{shown} {others[-1][0]}." if others else shown
