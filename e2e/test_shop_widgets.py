"""The demo shop with both its campaigns: the overlay on each page, the club embedded in one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from e2e.console import mistakes_of, sentences_of
from e2e.framed import expect_fitted, type_into
from e2e.shifts import SHIFTS, Held, painted, shifts_of
from e2e.shop import find_a_gift, opened, shop_server
from e2e.well import axe
from trk_sdk.testkit.process import Backend, Server
from trk_sdk.testkit.truth import WAIT_SECONDS
from trk_shop.campaign import make_campaign, make_club
from trk_shop.tracker import Tracker


@pytest.fixture
def tracker(trk_backend: Backend) -> Tracker:
    """Two campaigns' keys, as `make demo` makes them."""
    key = secrets.token_hex(4)
    return Tracker(trk_backend.url, f"demo{key}", trk_backend.token, f"club{key}")


@pytest.fixture
def shop(tracker: Tracker, trk_backend: Backend, tmp_path: Path) -> Iterator[Server]:
    """The shop with both campaigns."""
    server = shop_server(trk_backend, tracker.key, tmp_path, tracker.club)
    make_campaign(tracker, server.url)
    make_club(tracker.of_club, server.url)
    with opened(server, trk_backend):
        yield server


def enter(frame: FrameLocator) -> None:
    type_into(frame.get_by_label("Name"), "Ann")
    frame.get_by_label("E-mail").fill("ann@example.org")
    frame.get_by_role("button", name="Enter").click()
    expect(frame.get_by_role("heading", name="You’re in, Ann")).to_be_visible()


@pytest.mark.once
def test_two_deeds_in_the_shop_bring_the_code_into_the_clubs_page(
    shop: Server, framing_page: Page
) -> None:
    mistakes = mistakes_of(framing_page)
    framing_page.goto(f"{shop.url}/journal/winter")
    expect(framing_page.locator("#noted p")).to_be_visible()
    framing_page.get_by_role("link", name="Club").click()
    frame = framing_page.locator("[data-gleam-embed] iframe").content_frame
    enter(frame)
    expect(frame.get_by_text("1 of 2")).to_be_visible()
    with framing_page.context.expect_page() as gift:
        frame.get_by_role("heading", name="Use the gift finder").click()
        frame.get_by_role("button", name="Go to: Use the gift finder").click()
    find_a_gift(gift.value)
    expect(gift.value.locator("#noted p")).to_be_visible()
    # Left open: what it has just pushed is on its way.
    framing_page.bring_to_front()
    expect(frame.get_by_text("RIDE10")).to_be_visible(timeout=WAIT_SECONDS * 1000)
    framing_page.get_by_text("How the club got onto this page").click()
    expect(framing_page.locator("#told")).to_contain_text("unlocked: Use the gift finder")
    assert mistakes == []


@pytest.mark.once
def test_the_overlay_is_on_each_page_and_shows_what_was_done_there(
    shop: Server, framing_page: Page
) -> None:
    sentences = sentences_of(framing_page)
    for path in ("/", "/club", "/journal/winter"):
        framing_page.goto(shop.url + path)
        expect(framing_page.get_by_role("button", name="Win a bike")).to_be_visible()
    framing_page.get_by_role("button", name="Win a bike").click()
    dialog = framing_page.get_by_role("dialog", name="Win a touring bike")
    frame = dialog.locator("iframe").content_frame
    enter(frame)
    item = frame.get_by_role("listitem").filter(has_text="Read the winter guide")
    expect(item.get_by_text("Done")).to_be_visible()
    assert sentences == []


@pytest.mark.once
@pytest.mark.parametrize("width", [390, 1280])
def test_the_clubs_page_is_well_on_a_phone_and_on_a_desk(
    width: int, shop: Server, framing_page: Page
) -> None:
    framing_page.set_viewport_size({"width": width, "height": 844})
    framing_page.goto(f"{shop.url}/club")
    frame = framing_page.locator("[data-gleam-embed] iframe").content_frame
    expect(frame.get_by_role("button", name="Enter")).to_be_visible()
    assert axe(framing_page).response["violations"] == []
    assert framing_page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.sampled
@pytest.mark.once
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("late", ["embed.js", "frame?*"])
def test_nothing_on_the_clubs_page_shifts_however_late_the_club_comes(
    late: str, width: int, shop: Server, trk_browser_name: str, framing_page: Page
) -> None:
    if trk_browser_name != "chromium":
        pytest.skip("only Chromium tells what has shifted")
    framing_page.set_viewport_size({"width": width, "height": 844})
    framing_page.add_init_script(f"if (top === window) {{ {SHIFTS} }}")
    held = Held(framing_page, f"**/{late}")
    framing_page.goto(f"{shop.url}/club", wait_until="commit")
    expect(framing_page.get_by_role("heading", name="The riders’ club")).to_be_visible()
    if late != "embed.js":
        expect(framing_page.locator("[data-gleam-embed] iframe")).to_be_visible()
    painted(framing_page)
    held.let_go()
    node = framing_page.locator("[data-gleam-embed] iframe")
    expect(node.content_frame.get_by_role("button", name="Enter")).to_be_visible()
    expect_fitted(node)
    assert shifts_of(framing_page) == []
    enter(node.content_frame)
    expect_fitted(node)
    # From the top: the browser scrolls back to where one was, and what is below the room that the
    # page keeps free would be in sight there before more room is known to be needed.
    framing_page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    held = Held(framing_page, f"**/{late}")
    framing_page.reload(wait_until="commit")
    expect(framing_page.get_by_role("heading", name="The riders’ club")).to_be_visible()
    if late != "embed.js":
        expect(framing_page.locator("[data-gleam-embed] iframe")).to_be_visible()
    painted(framing_page)
    held.let_go()
    expect(node.content_frame.get_by_role("heading", name="You’re in, Ann")).to_be_visible()
    expect_fitted(node)
    assert shifts_of(framing_page) == []
