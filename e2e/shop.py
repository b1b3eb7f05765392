"""The demo shop as a process, and the eight deeds that a visitor can do in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from trk_sdk.testkit.process import Backend, Server
from trk_sdk.testkit.truth import Campaign
from trk_shop.uses import USES


@contextmanager
def shop_of(campaign: Campaign, backend: Backend, folder: Path) -> Iterator[Server]:
    """The demo shop in front of `campaign`, which gets the eight actions that lead into it."""
    with opened(shop_server(backend, campaign.key, folder), backend) as shop:
        for use in USES:
            campaign.add_action(
                use.tracking_name,
                title=use.title,
                description=use.text,
                url=shop.url + use.path,
                worth=use.worth,
            )
        yield shop


def shop_server(backend: Backend, key: str, folder: Path, club: str = "") -> Server:
    """The demo shop for the campaigns with these keys, not started yet: its address is known."""
    serve = [
        *(sys.executable, "-m", "trk_shop.serve"),
        *("--tracker", backend.url, "--key", key, "--club", club),
    ]
    return Server(serve, folder / "shop.log")


@contextmanager
def opened(shop: Server, backend: Backend) -> Iterator[Server]:
    """The shop, running."""
    try:
        shop.start({**os.environ, "SHOP_TOKEN": backend.token}, ready="/")
        yield shop
    finally:
        shop.close()


def buy(page: Page) -> None:
    """On a product's page: buy it."""
    add_to_cart(page)
    page.get_by_role("link", name="See your cart").click()
    page.get_by_role("link", name="Go to checkout").click()
    page.get_by_label("Name").fill("Ann Example")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Street and town").fill("1 High Street, York")
    page.get_by_role("button", name="Buy now").click()
    expect(page.get_by_role("heading", name="Thank you, Ann Example")).to_be_visible()


def add_to_cart(page: Page) -> None:
    """On a product's page: put it into the cart."""
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("link", name="See your cart")).to_be_visible()


def sign_up(page: Page) -> None:
    """On the page for it: open an account."""
    page.get_by_label("Name").fill("Ann Example")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_role("button", name="Open my account").click()
    expect(page.get_by_role("heading", name="Welcome, Ann Example")).to_be_visible()


def visit(page: Page) -> None:
    """On the guide's page: being there is all."""
    expect(page.get_by_role("heading", name="Ride through winter")).to_be_visible()


def answer_the_survey(page: Page) -> None:
    """On the survey's page: complete the form."""
    page.get_by_label("A touring bike", exact=True).check()
    page.get_by_label("Every day").check()
    page.get_by_label("What should we make next?").fill("A trailer")
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("heading", name="Thank you, that helps")).to_be_visible()


def reach_level_3(page: Page) -> None:
    """On the game's page: solve two boards, by turning cards and remembering them."""
    for level in (2, 3):
        _solve_board(page)
        expect(page.get_by_text(f"Level {level} reached.")).to_be_visible()
        page.get_by_role("button", name=f"Play level {level}").click()


def _solve_board(page: Page) -> None:
    cards = page.get_by_role("group", name="Cards").get_by_role("button")
    places: dict[str, list[int]] = {}
    for number in range(cards.count()):
        cards.nth(number).click()
        face = _label(cards.nth(number)).split(", ")[1]
        places.setdefault(face, []).append(number)
    for one, other in places.values():
        if not _label(cards.nth(one)).endswith("found"):
            cards.nth(one).click()
            cards.nth(other).click()


def _label(card: Locator) -> str:
    return card.get_attribute("aria-label") or ""


def invite_a_friend(page: Page) -> None:
    """On the page for it: write an invitation."""
    page.get_by_label("Your friend’s name").fill("Ben")
    page.get_by_label("Your friend’s e-mail").fill("ben@example.org")
    page.get_by_role("button", name="Create the invitation").click()
    expect(page.get_by_role("heading", name="Ben will like that")).to_be_visible()


def find_a_gift(page: Page) -> None:
    """On the gift finder's page: answer its questions."""
    page.get_by_label("Far away, for days").check()
    page.get_by_label("Up to 25 €").check()
    page.get_by_role("button", name="Find a gift").click()
    expect(page.get_by_role("heading", name="Our suggestions")).to_be_visible()


DEEDS: Mapping[str, Callable[[Page], None]] = {
    "Purchase": buy,
    "AddToCart": add_to_cart,
    "Signup": sign_up,
    "VisitGuide": visit,
    "Survey": answer_the_survey,
    "Level3": reach_level_3,
    "ReferFriend": invite_a_friend,
    "GiftFinder": find_a_gift,
}
"""What to do for each tracking name, on the page to which the action leads."""

DETAILS: Mapping[str, str] = {
    "Purchase": r"BS-\d{6}",
    "AddToCart": "front-light",
    "Signup": r"C-\d{5}",
    "VisitGuide": "winter",
    "Survey": "touring",
    "Level3": r"\d+ moves",
    "ReferFriend": r"RIDE-[0-9A-F]{6}",
    "GiftFinder": "brass-bell",
}
"""The value that each reports, as a pattern."""
