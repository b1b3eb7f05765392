"""What a page says to its console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import ConsoleMessage, Page

UNMATCHED = "no action with the tracking name"
"""What the line about such a name says."""


def mistakes_of(page: Page) -> list[str]:
    """The page's uncaught errors from now on."""
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    return mistakes


def sentences_of(page: Page) -> list[str]:
    """What trk.js writes to the console from now on, but for names that no action has: most tests
    push such names."""
    sentences: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "trk.js:" in message.text and UNMATCHED not in message.text:
            sentences.append(message.text)

    page.on("console", listen)
    return sentences


@contextmanager
def quiet(page: Page) -> Iterator[Page]:
    """A page on which no error goes unnoticed, and on which trk.js has nothing to complain of."""
    mistakes, sentences = mistakes_of(page), sentences_of(page)
    yield page
    assert mistakes == []
    assert sentences == []


def unmatched_of(page: Page) -> list[str]:
    """The lines about names that no action has, from now on."""
    lines: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if UNMATCHED in message.text:
            lines.append(message.text)

    page.on("console", listen)
    return lines
