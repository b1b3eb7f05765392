"""Somebody asks an owner for their data, and then to be forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from e2e.owning import OwnersServer, press, signed_in
from trk_sdk.testkit.plugin import ContextFactory

pytestmark = pytest.mark.once


def enter(page: Page, address: str, name: str, email: str) -> None:
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_text(f"You’re in, {name.partition(' ')[0]}")).to_be_visible()


def test_a_person_is_found_exported_and_erased_and_nobody_else(
    server: OwnersServer, trk_page: Page, trk_new_context: ContextFactory
) -> None:
    owner = trk_page
    signed_in(owner, server)
    address = owner.locator("#address").inner_text()
    enter(trk_new_context().new_page(), address, "Sue Shopper", "sue@example.org")
    enter(trk_new_context().new_page(), address, "Bob Buyer", "bob@example.org")
    owner.get_by_role("link", name="Campaigns").first.click()
    owner.get_by_role("link", name="Someone asks for their data").click()
    owner.get_by_label("E-mail").fill("SUE@example.org")
    owner.get_by_label("E-mail").press("Enter")
    expect(owner.get_by_text("has entered one campaign")).to_be_visible()
    with owner.expect_download() as download:
        owner.get_by_role("link", name="Export this person’s data").click()
    exported = json.loads(Path(download.value.path()).read_text())
    assert exported["email"] == "sue@example.org"
    assert [each["entrant"]["name"] for each in exported["campaigns"]] == ["Sue Shopper"]
    owner.bring_to_front()  # in Firefox it has lost the focus by now
    press(owner, "Erase this person…", "link")
    expect(owner.get_by_role("heading", name="Erase Sue Shopper?")).to_be_visible()
    field = owner.get_by_label("Type their e-mail to confirm")
    field.fill("bob@example.org")
    press(owner, "Erase for good")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(
        "Please type sue@example.org, to be sure that it is this person."
    )
    field.fill("sue@example.org")
    press(owner, "Erase for good")
    expect(owner.get_by_text("This person’s data were erased")).to_be_visible()
    owner.get_by_role("link", name="Entrants").first.click()
    expect(owner.get_by_role("link", name="Bob Buyer")).to_be_visible()
    expect(owner.get_by_text("sue@example.org")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_for_it_pass_axe_and_fit_a_phone(
    scheme: str, server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(
        color_scheme=scheme, viewport={"width": 320, "height": 640}, reduced_motion="reduce"
    ).new_page()
    campaign = signed_in(page, server, "Donaudampfschifffahrtsgesellschaft" * 3)
    email = f"{'a' * 60}@{'b' * 60}.example.org"
    enter(trk_new_context().new_page(), page.locator("#address").inner_text(), "Sue", email)
    for path in (
        "/../../persons",
        f"/../../persons?email={email}",
        "/../../persons?email=nobody",
        "/entrants/1",
        "/entrants/1/erase",
    ):
        page.goto(f"{campaign}{path}")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
