"""A page of the shop whose beacons go to another address than the backend's, and what it pushes."""

from __future__ import annotations

from playwright.sync_api import Page

from trk_sdk import builder
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

COUNTED = (
    "['callback', function (answer) { answers.push(answer) }],"
    "['error', function (error) { errors.push(error) }]"
)
"""Two items that count what the page is told, on a shop_by()."""


def shop_by(address: str, campaign: Campaign, site: Site) -> str:
    """Serve a page whose trk.js takes the server to be at `address`; the page's own address."""
    script = site.script("/trk.js", builder.script(campaign.key, address))
    head = "<link rel=icon href=data:,><script>answers = []; errors = []; Gleam = [];</script>"
    return site.page("/", f"<!doctype html>{head}<script src={script}></script>")


def push(page: Page, value: str = "1") -> None:
    page.evaluate(f"Gleam.push(['VIP', '{value}'], {COUNTED})")
