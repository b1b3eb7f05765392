"""JSON as strangers send it: what no decoder or database takes is replaced, and the rest is kept.

One value that can't be read, in one pair of a beacon, must not take the other pairs with it.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_DEEP = 20
"""How deep lists and objects may be nested; what is accepted is nested much less."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
"""A text, so that its brackets are passed over, or a bracket. The last quote may be missing: a text
that nobody closes is then read once, rather than once from each of its quotes."""


def decode(body: bytes, strict: msgspec.json.Decoder[T], kind: type[T]) -> T:
    """Decode `body` by `strict`; only where that can't be done, with what is not usable replaced,
    as a `kind` (which may leave more open than `strict` does).

    Raises ValueError if the body is no JSON at all, msgspec.ValidationError if it is no `kind`.
    """
    if b"\\u0000" not in body:
        try:
            return strict.decode(body)
        except (ValueError, RecursionError):
            pass
    return msgspec.convert(loads(body), kind)


def loads(body: bytes) -> Any:
    """The JSON value in `body`. NUL, half a surrogate pair and broken UTF-8 become U+FFFD, an
    integer of more digits than Python reads becomes infinite, and what is nested too deep, null.

    Raises ValueError if it is no JSON.
    """
    text = _shallow(body.decode("utf-8", "replace"))
    return _mended(json.loads(text, parse_int=_integer))


def _integer(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:
        return float(digits)


def _shallow(text: str) -> str:
    """`text` with null in the place of every list and object that is nested too deep."""
    depth, kept, start = 0, "", 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == _DEEP:
                kept += text[start : token.start()] + "null"
        elif token[0] in "]}":
            if depth == _DEEP:
                start = token.end()
            depth -= 1
    return kept + (text[start:] if depth < _DEEP else "")


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return (
            value.replace("\0", "\ufffd")
            .encode("utf-16", "surrogatepass")
            .decode("utf-16", "replace")
        )
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {key: _mended(item) for key, item in value.items()}
    return value
