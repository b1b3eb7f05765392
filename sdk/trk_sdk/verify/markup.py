"""Finds the tracking script in a page's HTML, and a common mistake in the page's scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import urljoin

from trk_sdk.verify.observations import Mention

_FILE = re.compile(r"\b(?:trk|ol|embed)\.js\b")
_RUN = frozenset({"", "module", "text/javascript", "application/javascript", "text/ecmascript"})
"""The types of a script that a browser runs."""


def runs(type_: str) -> bool:
    """Does a browser run a script with this `type` attribute?"""
    return type_.strip().lower() in _RUN


def mentions(html: str, key: str, url: str) -> tuple[Mention, ...]:
    """Where the HTML of the page at `url` refers to the tracking script of campaign `key`."""
    return tuple(
        replace(mention, url=_joined(url, mention.url)) if mention.kind == "tag" else mention
        for mention, text in _Scripts.of(html).found
        if _FILE.search(text) and re.search(rf"\b{re.escape(key)}\b", text)
    )


def inline_scripts(html: str) -> Iterator[str]:
    """The source of each inline script in this HTML that a browser runs."""
    for mention, text in _Scripts.of(html).found:
        if mention.kind == "inline" and runs(mention.type):
            yield text


def keeps_to_itself(source: str, name: str) -> bool:
    """Does this script declare an array named like the global without assigning it to `window`?"""
    word = re.escape(name)
    declared = rf"\b(?:const|let)\s+{word}\s*=\s*(?:(?:window|self)\.{word}\s*\|\|\s*)?\[\s*\]"
    given = rf"\b(?:window|self|globalThis)\.{word}\s*=(?!=)"
    return bool(re.search(declared, source)) and not re.search(given, source)


def names(source: str, name: str) -> bool:
    """Does this script name the global, and so perhaps push to it?"""
    return re.search(rf"\b{re.escape(name)}\b", source) is not None


def _joined(page: str, written: str) -> str:
    try:
        return urljoin(page, written)
    except ValueError:
        return written


class _Scripts(HTMLParser):
    """Collects scripts, each with the text that may name its campaign."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[Mention, str]] = []
        self._inline: list[str] | None = None
        self._type = ""

    @classmethod
    def of(cls, html: str) -> _Scripts:
        parser = cls()
        parser.feed(html)
        parser.close()
        return parser

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "script":
            return
        named = {name: value or "" for name, value in attrs}
        self._type = named.get("type", "")
        if "src" in named:
            url = named["src"].strip()
            awaits = not ({"async", "defer"} & named.keys()) and self._type.lower() != "module"
            self.found.append((Mention("tag", url, self._type, awaits), url))
        else:
            self._inline = []

    def handle_data(self, data: str) -> None:
        if self._inline is not None:
            self._inline.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._inline is not None:
            self.found.append((Mention("inline", type=self._type), "".join(self._inline)))
            self._inline = None

    def handle_comment(self, data: str) -> None:
        if "<script" in data.lower():
            self.found.append((Mention("comment"), data))
