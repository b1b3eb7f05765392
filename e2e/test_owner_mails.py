"""The owner's mails: a demo without a mail server, in which a newcomer finds her confirmation."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect

from e2e.owning import PASSWORD, OwnersServer, signed_in
from e2e.plain_entrant import PlainEntrant
from e2e.well import expect_well
from trk_sdk.testkit.plugin import ContextFactory

pytestmark = pytest.mark.once

HOSTILE = "Sue <img src=x onerror=alert(1)>"
LONG = "Donaudampfschifffahrtsgesellschaftskapitaensmuetzenabzeichen" * 3


def enter(page: Page, address: str, name: str = HOSTILE, email: str = "sue@example.org") -> None:
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Enter").click()


def asked_again(owner: Page, server: OwnersServer) -> None:
    """Set up, and enter from two browsers: the second one waits for a mail."""
    signed_in(owner, server)
    entered_twice(owner)


def entered_twice(owner: Page) -> None:
    address = owner.locator("#address").inner_text()
    for name, said in ((HOSTILE, "You’re in, <bdi>Sue"), ("Somebody", "Check your e-mail")):
        assert said in PlainEntrant(address).enter(name, "sue@example.org")


def test_who_enters_from_a_second_browser_gets_in_by_the_link_that_the_owner_finds(
    server: OwnersServer, trk_page: Page, trk_new_context: ContextFactory, trk_browser_name: str
) -> None:
    owner = trk_page
    if trk_browser_name == "chromium":  # asks, where Firefox takes the click for an answer
        owner.context.grant_permissions(["clipboard-read", "clipboard-write"])
    signed_in(owner, server)
    address = owner.locator("#address").inner_text()
    first, newcomer = trk_new_context().new_page(), trk_new_context().new_page()
    enter(first, address)
    expect(first.get_by_text("You’re in, Sue")).to_be_visible()
    enter(newcomer, address, "Somebody")
    expect(newcomer.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    owner.get_by_role("link", name="E-mails").click()
    expect(owner.get_by_text("No mail server is set up")).to_be_visible()
    expect(owner.get_by_role("cell", name="sue@example.org")).to_be_visible()
    owner.get_by_role("link", name="Is this you? Win a bike").click()
    expect(owner.get_by_text(f"Hello {HOSTILE},")).to_be_visible()
    expect(owner.locator("main img")).to_have_count(0)
    link = owner.locator("#address").inner_text()
    owner.get_by_role("button", name="Copy the link").click()
    expect(owner.get_by_role("button", name="Copied")).to_be_visible()
    owner.goto(f"{server.url}/admin/mails")
    owner.get_by_label("Search").press("ControlOrMeta+v")
    expect(owner.get_by_label("Search")).to_have_value(link)
    newcomer.goto(link)
    newcomer.get_by_role("button", name="Yes, continue here").click()
    expect(newcomer.get_by_role("heading", name="You’re in, Sue")).to_be_visible()


def test_a_mails_link_opens_from_its_page_and_its_entrant_is_one_click_away(
    server: OwnersServer, trk_page: Page
) -> None:
    owner = trk_page
    asked_again(owner, server)
    owner.goto(f"{server.url}/admin/mails/1")
    owner.get_by_role("link", name="Open").click()
    expect(owner.get_by_role("heading", name="Is this you?")).to_be_visible()
    owner.goto(f"{server.url}/admin/mails/1")
    owner.get_by_role("link", name="The entrant").click()
    expect(owner.get_by_role("heading", name=HOSTILE)).to_be_visible()


def test_times_are_those_of_the_browser_and_of_utc_where_scripts_are_blocked(
    server: OwnersServer, trk_page: Page, trk_new_context: ContextFactory
) -> None:
    asked_again(trk_page, server)
    state = trk_page.context.storage_state()
    far = trk_new_context(timezone_id="Asia/Tokyo", storage_state=state).new_page()
    plain = trk_new_context(timezone_id="Asia/Tokyo", storage_state=state).new_page()
    plain.route("**/*.js*", lambda route: route.abort())
    shown = []
    for page, zone in ((far, "Asia/Tokyo"), (plain, "UTC")):
        page.goto(f"{server.url}/admin/mails")
        expect(page.get_by_text(f"Times are in {zone}.")).to_be_visible()
        shown.append(page.locator("td time").inner_text())
    for text in shown:
        assert re.fullmatch(r"\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d", text), text
    hours = [int(text[-5:-3]) for text in shown]
    assert hours[0] == (hours[1] + 9) % 24


def test_mails_are_searched_and_a_session_that_has_ended_leads_back_to_them(
    server: OwnersServer, trk_page: Page
) -> None:
    owner = trk_page
    asked_again(owner, server)
    owner.goto(f"{server.url}/admin/mails")
    owner.get_by_label("Search").fill("nobody")
    owner.get_by_role("button", name="Show").click()
    expect(owner.get_by_text("No e-mail matches.")).to_be_visible()
    owner.get_by_label("Search").fill("SUE@")
    owner.get_by_label("Campaign").select_option("Win a bike")
    owner.get_by_role("button", name="Show").click()
    expect(owner.get_by_role("link", name="Is this you?")).to_be_visible()
    owner.context.clear_cookies()
    owner.get_by_role("link", name="Is this you?").click()
    owner.get_by_label("E-mail").fill("ann@example.org")
    owner.get_by_label("Password").fill(PASSWORD)
    owner.get_by_role("button", name="Sign in").click()
    expect(owner.get_by_text(f"Hello {HOSTILE},")).to_be_visible()


@pytest.mark.sampled(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_of_mails_is_well_at_every_width(
    scheme: str, widths: Sequence[int], server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    campaign = signed_in(page, server, LONG)
    page.goto(f"{server.url}/admin/mails")
    expect(page.get_by_text("No e-mails yet")).to_be_visible()
    expect_well(page, "none yet", widths)
    page.goto(campaign)
    entered_twice(page)
    for path in ("", "?search=nobody", "/1"):
        page.goto(f"{server.url}/admin/mails{path}")
        expect_well(page, f"without a mail server, {path}", widths)
    server.stop()
    server.start({"TRK_SMTP": "smtp://127.0.0.1:1", "TRK_MAIL_FROM": "Shop <win@shop.example>"})
    for path in ("", "/1"):
        page.goto(f"{server.url}/admin/mails{path}")
        expect_well(page, f"with a mail server, {path}", widths)
    assert complaints == []
