"""Pages of a customer's site, as small as they can be."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from trk_sdk.testkit.truth import Campaign

TRIGGER = "window.Gleam = window.Gleam || []; Gleam.push(['VIP', 'myValue']);"
"""The document's trigger."""

COUNT = "['callback', function (answer) { answers.push(answer) }]"
"""An item that counts its calls, on a page_with()."""

CERTIFICATE = Path(__file__).with_name("self_signed.pem")
"""One that nobody has signed, with its key: for pages over https."""


def shop(campaign: Campaign, before: str = "", body: str = "") -> str:
    """A page with the campaign's loader in its head, behind the script `before`."""
    return (
        "<!doctype html><html><head><meta charset=utf-8><title>Shop</title>"
        f"<script>{before}</script>{campaign.loader}</head><body>{body}</body></html>"
    )


def page_with(*scripts: str, before: str = "", body: str = "") -> str:
    """A page whose scripts, by their addresses, are loaded in this order."""
    tags = "".join(f"<script src={script}></script>" for script in scripts)
    head = f"<link rel=icon href=data:,><script>answers = [];{before}</script>{tags}"
    return f"<!doctype html><meta charset=utf-8><head>{head}</head><body>{body}</body>"


def address(campaign: Campaign, script: str = "trk.js") -> str:
    return f"{campaign.url}/{script}"


def stored(page: Page) -> dict[str, str]:
    """What the page's storage and cookies hold."""
    kept: dict[str, str] = page.evaluate("({ ...localStorage, cookie: document.cookie })")
    return kept


def wait_until_loaded(page: Page) -> None:
    """Wait until trk.js has taken over the page's global."""
    page.wait_for_function("window.Gleam && Gleam.push !== Array.prototype.push")
