"""A page's address with one more parameter in its query."""

from __future__ import annotations

from urllib.parse import quote

_ASCII = "".join(map(chr, range(0x21, 0x7F)))


def with_parameter(address: str, parameter: str) -> str:
    """`address` with `parameter` (such as `xref=a`) at the end of its query, and else unchanged:
    what the page has there may have another encoding, or be no list of names and values.
    """
    page, mark, fragment = address.partition("#")
    _, begun, query = page.partition("?")
    joint = "?" if not begun else "" if not query or query.endswith("&") else "&"
    return ascii_only(f"{page}{joint}{parameter}{mark}{fragment}")


def ascii_only(address: str) -> str:
    """`address` for a header: as browsers send it, with all that is ASCII as it is."""
    return quote(address, safe=_ASCII)
