"""What a page says to its console."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Page


def mistakes_of(page: Page) -> list[str]:
    """The page's uncaught errors from now on."""
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    return mistakes


def sentences_of(page: Page) -> list[str]:
    """What trk.js writes to the console from now on."""
    sentences: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "trk.js:" in message.text:
            sentences.append(message.text)

    page.on("console", listen)
    return sentences
