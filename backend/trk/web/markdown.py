"""An owner's Markdown as safe HTML, in a time that no text can draw out.

cmark parses in linear time, whatever the text. What could still grow without bound, a table's cells
and the depth of quotes, is cut here.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

import cmarkgfm
import nh3
from cmarkgfm.cmark import Options
from markupsafe import Markup

_MOST_CELLS = 5_000
"""A table of more cells stays text: a short text can ask for millions of empty ones."""
_DEEPEST = 20
"""How many quotes may be inside each other."""
_OPTIONS: int = Options.CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE
_LESS = "\ufdd0"
"""Stands for a `<` while Markdown is parsed: no character of any text (Unicode, 23.7)."""
_TAG = re.compile(
    r"(?<!\]\()"  # the target of a link may stand in angle brackets
    r"<(?!(?:https?://|mailto:)[^\s<>]*>|[^\s<>@]+@[^\s<>@]+>)(?=[A-Za-z/!?])"
)
"""What begins like HTML and is no address: it is shown as it was typed."""
_LARGE = re.compile(r"</p>\s*<|<(?:img|table|ul|ol|h[1-6]|blockquote|pre)\b")
"""What makes a text more than a paragraph."""


@lru_cache(128)
def rich(text: str) -> Markup:
    """The HTML of a text; HTML in it is shown as text."""
    lines = [_shallow(line) for line in _TAG.sub(_LESS, text.replace(_LESS, "")).split("\n")]
    bars = [line.count("|") for line in lines if "|" in line]
    tables = ["table"] if len(bars) * max(bars, default=0) <= _MOST_CELLS else []
    made = cmarkgfm.markdown_to_html_with_extensions(
        "\n".join(lines), _OPTIONS, ["strikethrough", *tables]
    )
    return Markup(nh3.clean(made).replace(_LESS, "&lt;"))


@lru_cache(128)
def brief(text: str, most: int = 140) -> str:
    """How a text begins, without its markup, if it is longer than `most` characters or more than
    one paragraph; nothing if the whole of it is as brief."""
    made = rich(text)
    if len(_plain(made)) <= most and not _LARGE.search(made):
        return ""
    return beginning(text, most)


@lru_cache(128)
def beginning(text: str, most: int = 200) -> str:
    """How a text begins, or all of it, without its markup and in at most `most` characters."""
    plain = _plain(rich(text))
    if len(plain) <= most:
        return plain
    cut = plain[: most - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def _plain(made: str) -> str:
    return " ".join(html.unescape(nh3.clean(made, tags=set())).split())


def _shallow(line: str) -> str:
    rest = line.lstrip(" >")
    deep = line.count(">", 0, len(line) - len(rest)) > _DEEPEST
    return f"{'>' * _DEEPEST} {rest}" if deep else line
