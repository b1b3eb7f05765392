"""Builds trk.js: source, jsmin, fixed point, banner; and fills in a campaign's key and address."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import jsmin

VERSION = "0.1.0"
SOURCE = Path(__file__).parent / "src" / "trk.js"


class BuildError(ValueError):
    """The source can't be built; the message says what was found and what was expected."""


@cache
def build(minify: bool = True) -> str:
    """The script as a template in which KEY, ADDRESS and GLOBAL are still to be filled in.

    Raises BuildError for back-ticks (jsmin damages template literals) or an unstable output.
    """
    source = SOURCE.read_text(encoding="utf-8")
    if "`" in source:
        line = source[: source.index("`")].count("\n") + 1
        raise BuildError(f"line {line} of {SOURCE.name} has a back-tick; expected ES5 without them")
    if not minify:
        return source
    small: str = jsmin.jsmin(source).strip()
    if jsmin.jsmin(small).strip() != small:
        raise BuildError("a second pass of jsmin changes the output; expected a fixed point")
    return f"/* trk.js {VERSION} */\n{small}\n"


def script(key: str, address: str, *, minify: bool = True, global_name: str = "Gleam") -> str:
    """trk.js for the campaign `key` of the server at `address` (scheme and host, no path).

    Raises ValueError with the thing, its value and what was expected.
    """
    if not re.fullmatch(r"[A-Za-z0-9]{5,}", key):
        raise ValueError(f"key is {key!r}; expected at least 5 of A-Z, a-z, 0-9")
    url = urlsplit(address)
    if url.scheme not in ("http", "https") or not url.netloc or url.path or url.query:
        raise ValueError(f"address is {address!r}; expected one such as https://track.example.org")
    if not re.fullmatch(r"[A-Za-z_$][\w$]*", global_name, re.ASCII):
        raise ValueError(f"global_name is {global_name!r}; expected a JavaScript name")
    values = {"KEY": key, "ADDRESS": address, "GLOBAL": global_name}
    return re.sub(r"\b(KEY|ADDRESS|GLOBAL);", lambda m: _literal(values[m[1]]) + ";", build(minify))


def unknown_campaign(key: str) -> str:
    """A script that says in one console line that there is no campaign `key` (which is hostile)."""
    sentence = f"trk.js: there is no campaign with the key {key[:60]!r}; nothing is tracked."
    return f"window.console&&console.warn({_literal(sentence)});\n"


def _literal(text: str) -> str:
    # ASCII, and no `<`: the literal stays one wherever the script is pasted.
    return json.dumps(text).replace("<", "\\u003c").replace("/*", "\\u002f*")
