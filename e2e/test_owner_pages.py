"""Every page of the owner's side, looked at by axe and at the width of a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from e2e.owning import PASSWORD, add_action, add_field, set_up
from e2e.well import Looks, expect_well_in
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.process import Backend

pytestmark = pytest.mark.once

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 3

LOOKS: Looks = {"light": (320,), "dark": (320,)}

Visit = Callable[[Page, str], None]


def at(path: str) -> Visit:
    def visit(page: Page, campaign: str) -> None:
        page.goto(f"{campaign}{path}")

    return visit


def wrong(path: str, button: str) -> Visit:
    """The page after its form was sent with every field empty."""

    def visit(page: Page, campaign: str) -> None:
        page.goto(f"{campaign}{path}")
        for field in (
            page.locator("main form")
            .last.locator("input[type=text]:visible, textarea:visible")
            .all()
        ):
            field.fill("")
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator(".mistake").first).to_be_visible()

    return visit


def conflict(page: Page, campaign: str) -> None:
    page.goto(f"{campaign}/settings")
    other = page.context.new_page()
    other.goto(f"{campaign}/settings")
    other.get_by_label("Name", exact=True).fill("Theirs")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text("Saved.")).to_be_visible()
    other.close()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody else changed")).to_be_visible()


def invited(page: Page, campaign: str) -> None:
    page.goto(f"{campaign}/../../owners")
    page.get_by_label("E-mail").fill("bob@example.org")
    page.get_by_role("button", name="Invite").click()
    expect(page.locator("#invitation")).to_be_visible()


def removing(page: Page, campaign: str) -> None:
    accepting(page, campaign)
    other = page.context.browser
    assert other is not None
    bob = other.new_context().new_page()
    bob.goto(page.url)
    bob.get_by_label("Your name").fill("Bob")
    bob.get_by_label("Password").fill(PASSWORD)
    bob.get_by_role("button", name="Become an owner").click()
    expect(bob.get_by_role("heading", name="Campaigns")).to_be_visible()
    bob.context.close()
    page.goto(f"{campaign}/../../owners")
    page.get_by_role("link", name="Remove").click()
    expect(page.get_by_role("button", name="Remove")).to_be_visible()


def accepting(page: Page, campaign: str) -> None:
    invited(page, campaign)
    page.goto(page.locator("#invitation").inner_text())


def signed_out(page: Page, campaign: str) -> None:
    page.goto(campaign)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()


def codes(page: Page, campaign: str) -> None:
    page.goto(f"{campaign}/settings")
    page.get_by_label("Kind").select_option("reward")
    page.get_by_label("What everyone gets").select_option("codes")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Codes").click()
    page.get_by_label("Codes", exact=True).fill("A-1\nA-2")
    page.get_by_role("button", name="Check the list").click()
    page.get_by_role("button", name="Add 2 codes").click()
    expect(page.get_by_text("2 of 2 codes were new")).to_be_visible()


def asking(page: Page, campaign: str) -> None:
    add_field(page, campaign, LONG)
    add_field(page, campaign, "Second")
    page.get_by_role("link", name=LONG, exact=True).click()
    page.get_by_label("Ask for it").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="No longer asked for")).to_be_visible()


def installing(page: Page, campaign: str) -> None:
    page.goto(f"{campaign}/install")
    page.get_by_role("button", name="Send a test unlock").click()
    expect(page.locator(".seen li").first).to_be_visible()
    for fold in page.locator("summary").all():
        fold.click()


PAGES: dict[str, Visit] = {
    "overview": at(""),
    "publishing": at("/publish"),
    "closing": at("/close"),
    "settings": at("/settings"),
    "settings, wrong": wrong("/settings", "Save"),
    "settings, conflict": conflict,
    "actions": at("/actions"),
    "action, wrong": wrong("/actions/new", "Add"),
    "form": asking,
    "field, wrong": wrong("/fields/new", "Add"),
    "removing a field": at("/fields/1/remove"),
    "install": installing,
    "prizes": at("/prizes"),
    "prizes, wrong": wrong("/prizes", "Add"),
    "codes": codes,
    "deletion": at("/delete"),
    "entrants": at("/entrants"),
    "entries": at("/entries"),
    "draw": at("/draw"),
    "claims": at("/claims"),
    "log": at("/log"),
    "campaigns": at("/../"),
    "new campaign": wrong("/../new", "Create"),
    "owners": invited,
    "account": at("/../../account"),
    "audit": at("/../../audit"),
    "an invitation": accepting,
    "removing an owner": removing,
    "signed out": signed_out,
}


def test_on_every_page_axe_finds_nothing_and_a_phone_need_not_scroll_sideways(
    new_server: Backend, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(
        viewport={"width": 320, "height": 640}, reduced_motion="reduce"
    ).new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.goto(new_server.url)
    expect_well_in(page, "first run", LOOKS)
    page.get_by_role("button", name="Get started").click()
    expect(page.locator(".mistake").first).to_be_visible()
    expect_well_in(page, "first run, wrong", LOOKS)
    campaign = set_up(page, new_server, LONG)
    add_action(page, campaign, LONG)
    for name, visit in PAGES.items():
        visit(page, campaign)
        expect_well_in(page, name, LOOKS)
    # Whatever the page's policy forbids is told on the console; so is a file that is missing.
    assert [line for line in complaints if "status of 40" not in line] == []
