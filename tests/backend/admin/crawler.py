"""Finds what the owner's pages offer: their links, and their forms with every field."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

_NO_TEXT = {"hidden", "checkbox", "radio", "file"}


@dataclass
class Form:
    """A form that a page sends: where to, and its fields as the page comes, every box ticked."""

    target: str
    fields: dict[str, str] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    """The fields in which a person types."""
    secret: set[str] = field(default_factory=set)
    """Those that no page shows again."""


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in of and "download" not in of:
            self.links.append(of["href"])
        elif tag == "form":
            self._form = Form(of["action"])
            if of.get("method") == "post":
                self.forms.append(self._form)
        elif self._form is not None and tag in ("input", "textarea", "select", "button", "option"):
            self._field(tag, of)

    def _field(self, tag: str, of: dict[str, str]) -> None:
        assert self._form is not None
        fields, name = self._form.fields, of.get("name", "")
        kind = of.get("type", "text")
        if tag == "select":
            self._select = name
        elif tag == "option":
            if self._select not in fields or "selected" in of:
                fields[self._select] = of["value"]
        elif name and (tag in {"textarea", "button"} or kind != "radio" or "checked" in of):
            fields.setdefault(name, of.get("value", "on" if kind == "checkbox" else ""))
            if tag == "textarea":
                self._text = name
            if tag == "textarea" or (tag == "input" and kind not in _NO_TEXT):
                (self._form.secret if kind == "password" else self._form.typed).add(name)

    def handle_data(self, data: str) -> None:
        if self._text and self._form is not None:
            self._form.fields[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._text = ""


def forms_of(page: str) -> list[Form]:
    """The forms of a page that change something."""
    parser = _Page()
    parser.feed(page)
    return parser.forms


async def crawled(browser: httpx.AsyncClient, start: str) -> dict[str, str]:
    """Every page of the owner's that links lead to from `start`: its HTML by its address.

    Of pages that differ by what is searched only the first is read.
    """
    waiting, pages = [start], {}
    while waiting:
        address = waiting.pop(0)
        path = address.split("?")[0].split("#")[0]
        if path in pages or not path.startswith("/admin"):
            continue
        answer = await browser.get(httpx.URL("http://track.test" + address))
        assert answer.status_code in (200, 303), f"{address}: {answer.status_code} {answer.text}"
        if answer.headers.get("content-type", "").startswith("text/html"):
            pages[path] = answer.text
            parser = _Page()
            parser.feed(answer.text)
            waiting.extend(parser.links)
    return pages
