"""Builds trk.js, ol.js and embed.js: minified, with a campaign's key, address and settings."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import brotli

from trk_sdk.console import PREFIX, Sentence
from trk_sdk.minified import minified, minified_once

VERSION = "0.2.0"
_FOLDER = Path(__file__).parent
_SRC = _FOLDER / "src"
_NAMES = ("attempt", "state", "visitor", "delivery", "answers", "calls", "clicks", "start")
SOURCES = tuple(_SRC / "trk" / f"{name}.js" for name in _NAMES)
"""The files of trk.js, in the order in which they become one function."""

Kind = Literal["trk", "ol", "embed"]
"""Tracking alone; with a tab that opens the campaign; with the campaign embedded."""

_SHOWS: dict[Kind, str] = {"ol": "overlay.js", "embed": "embed.js"}
_PLACEHOLDERS = ("ADDRESS", "KEY", "GLOBAL", "ASK", "PRIVACY")
_WIDGET_PLACEHOLDERS = ("WORDS", "ORIGINS", "POSITION", "COLOUR", "INK")

# Reserved words of JavaScript, which no global can have as its name.
_RESERVED = re.compile(
    "arguments|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|"
    "export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|"
    "new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|"
    "typeof|undefined|var|void|while|with|yield"
)


class BuildError(ValueError):
    """The source can't be built; the message says what was found and what was expected."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The bytes of a script: uncompressed, with gzip (level 9) and with brotli (level 11)."""

    raw: int
    gzip: int
    brotli: int

    @classmethod
    def of(cls, text: str) -> Sizes:
        """Measure this script."""
        plain = text.encode()
        zipped = gzip.compress(plain, 9, mtime=0)
        return cls(len(plain), len(zipped), len(brotli.compress(plain)))


@dataclass(frozen=True, slots=True)
class Words:
    """What ol.js and embed.js say in one language: the campaign's name, the tab's text, and the
    button that closes it."""

    language: str
    name: str
    tab: str
    close: str = "Close"


@dataclass(frozen=True, slots=True)
class Widget:
    """How ol.js and embed.js show a campaign: their words in each of its languages, its own first,
    the origins whose pages may show it, and the tab's position (`right`, `bottom_left`…),
    background and text colour."""

    words: tuple[Words, ...]
    origins: tuple[str, ...] = ()
    tab_position: str = "right"
    colour: str = "#2f5be0"
    ink: str = "#ffffff"


@cache
def build(minify: bool = True, kind: Kind = "trk") -> str:
    """The script as a template: its words in capitals are not filled in yet.

    The first call ever takes some tenths of a second. Raises BuildError for a source that is not
    ES5.
    """
    source = _source()
    if kind in _SHOWS:
        parts = [(_SRC / name).read_text("utf-8") for name in ("frame.js", _SHOWS[kind])]
        source += _with_sentences(f"(function () {{\n{''.join(parts)}}})();\n")
    if not minify:
        return source
    try:
        template = minified_once(kind, source)
    except ValueError as error:
        raise BuildError(f"{kind}.js: {error}") from error
    for word in _PLACEHOLDERS + (_WIDGET_PLACEHOLDERS[:2] if kind in _SHOWS else ()):
        if not re.search(rf"\b{word}\b", template):
            raise BuildError(f"trk.js does not have the word {word}; expected it in code")
    return f"// {VERSION}\n{template}\n"


def costs() -> dict[str, int]:
    """How many bytes each feature adds to trk.js with brotli, by the feature's name in the source.

    Measured by building the script without the lines that the source marks with `@name`. (Such a
    script parses, but need not work.)
    """
    source = _source()
    features = dict.fromkeys(re.findall(r"// @([\w ]+?)(?: \{)?$", source, re.M))
    whole = Sizes.of(minified(source)).brotli
    return {name: whole - Sizes.of(minified(_without(name, source))).brotli for name in features}


def _source() -> str:
    outer, *inner = (path.read_text(encoding="utf-8") for path in SOURCES)
    # All but the first within an attempt: should anything fail, the page gets a line, not an error.
    whole = f"(function () {{\n{outer}\nattempt(function () {{\n{''.join(inner)}}}, say);\n}})();\n"
    return _with_sentences(whole)


def _with_sentences(source: str) -> str:
    """The source with the console's words in place of their names."""

    def literal(name: re.Match[str]) -> str:
        if name[1] is None:
            return f"'{PREFIX}'"
        if name[1] not in Sentence.__members__:
            raise BuildError(f"the source has {name[0]}; expected a name that console.py has")
        return f"'{Sentence[name[1]]}'"

    return re.sub(r"\b(?:SENTENCE\.(\w+)|PREFIX)\b", literal, source)


def _without(feature: str, source: str) -> str:
    block = rf"^ *// @{feature} \{{\n.*?^ *// @\}}\n"
    line = rf"^.*// @{feature}\n"
    return re.sub(line, "", re.sub(block, "", source, flags=re.M | re.S), flags=re.M)


def script(
    key: str,
    address: str,
    *,
    minify: bool = True,
    global_name: str = "Gleam",
    ask_consent: bool = False,
    honour_gpc: bool = False,
    kind: Kind = "trk",
    widget: Widget | None = None,
) -> str:
    """The script for the campaign `key` of the server at `address` (scheme and host, no path).

    `widget` says how ol.js and embed.js show it. `ask_consent`: nothing is stored or sent before
    `['consent', true]`; `honour_gpc`: Global Privacy Control counts as `['consent', false]`.
    Raises ValueError with the argument's name, its value and what was expected.
    """
    if not re.fullmatch(r"[A-Za-z0-9]{5,}", key):
        raise ValueError(f"key is {key!r}; expected at least 5 of A-Z, a-z, 0-9")
    # The address goes into a JavaScript string: nothing in it may end the string.
    if not re.fullmatch(r"https?://[A-Za-z0-9._:\[\]-]+", address):
        raise ValueError(f"address is {address!r}; expected one such as https://track.example.org")
    if not _is_name(global_name):
        raise ValueError(f"global_name is {global_name!r}; expected a JavaScript name")
    values = {
        "ADDRESS": address,
        "KEY": key,
        "GLOBAL": global_name,
        "ASK": str(int(ask_consent)),
        "PRIVACY": "navigator.globalPrivacyControl" if honour_gpc else "0",
    }
    if kind in _SHOWS:
        values |= _widget_values(widget or Widget((Words("en", key, key),)))
    words = "|".join(values)
    return re.sub(rf"\b({words})\b", lambda found: values[found[1]], build(minify, kind))


def _widget_values(widget: Widget) -> dict[str, str]:
    for field in ("colour", "ink"):
        if not re.fullmatch("#[0-9a-fA-F]{6}", getattr(widget, field)):
            raise ValueError(f"{field} is {getattr(widget, field)!r}; expected one such as #2f5be0")
    if not re.fullmatch("(bottom_)?(left|right)", widget.tab_position):
        raise ValueError(f"tab_position is {widget.tab_position!r}; expected one such as right")
    return {
        "WORDS": f"[{','.join(_literal_list(astuple(each)) for each in widget.words)}]",
        "ORIGINS": _literal_list(widget.origins),
        "POSITION": widget.tab_position,
        "COLOUR": widget.colour,
        "INK": widget.ink,
    }


def unknown_campaign(key: str) -> str:
    """A script that reports in one console line that there is no campaign `key`, which anybody may
    have made up and is quoted as such."""
    return _saying(f"{Sentence.UNKNOWN_CAMPAIGN}{key[:60]!r}; nothing is tracked.")


def draft_campaign(key: str) -> str:
    """A script that reports in one console line that the campaign `key` is not published yet."""
    said = Sentence.DRAFT.replace("KEY", key)
    return _saying(f"{said}; nothing is tracked or shown until its owner publishes it.")


def _saying(sentence: str) -> str:
    return f"window.console&&console.warn({_literal(f'{PREFIX} {sentence}')});\n"


def _is_name(text: str) -> bool:
    plain = re.fullmatch(r"[A-Za-z_$][\w$]*", text, re.ASCII)
    return plain is not None and _RESERVED.fullmatch(text) is None


def _literal_list(texts: Iterable[str]) -> str:
    return f"[{','.join(map(_literal, texts))}]"


def _literal(text: str) -> str:
    # ASCII and without `<`: it stays one literal wherever the script is pasted.
    return json.dumps(text).replace("<", "\\u003c").replace("/*", "\\u002f*")
