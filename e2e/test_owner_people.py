"""Somebody asks an owner for their data, and then to be forgotten."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.entrant import enter
from e2e.owning import OwnersServer, press, signed_in
from e2e.well import axe, expect_well
from trk_sdk.testkit.plugin import ContextFactory

pytestmark = pytest.mark.once


def test_a_person_is_found_exported_and_erased_and_nobody_else(
    server: OwnersServer, trk_page: Page, trk_new_context: ContextFactory
) -> None:
    owner = trk_page
    signed_in(owner, server)
    address = owner.locator("#address").inner_text()
    enter(trk_new_context().new_page(), address, "Sue Shopper", "sue@example.org")
    enter(trk_new_context().new_page(), address, "Bob Buyer", "bob@example.org")
    owner.get_by_role("link", name="Campaigns").first.click()
    owner.get_by_role("link", name="Data requests").click()
    owner.get_by_label("E-mail").fill("SUE@example.org")
    owner.get_by_label("E-mail").press("Enter")
    expect(owner.get_by_text("has entered one campaign")).to_be_visible()
    with owner.expect_download() as download:
        owner.get_by_role("link", name="Export this person’s data").click()
    exported = json.loads(Path(download.value.path()).read_text())
    assert exported["email"] == "sue@example.org"
    assert [each["entrant"]["name"] for each in exported["campaigns"]] == ["Sue Shopper"]
    owner.bring_to_front()  # in Firefox it has lost the focus by now
    press(owner, "Erase this person …", "link")
    expect(owner.get_by_role("heading", name="Erase Sue Shopper?")).to_be_visible()
    field = owner.get_by_label("Type their e-mail to confirm")
    field.fill("bob@example.org")
    press(owner, "Erase permanently")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(
        "Type sue@example.org to confirm that this is the right person."
    )
    field.fill("sue@example.org")
    press(owner, "Erase permanently")
    expect(owner.get_by_text("This person’s data was erased")).to_be_visible()
    owner.get_by_role("link", name="Entrants").first.click()
    expect(owner.get_by_role("link", name="Bob Buyer")).to_be_visible()
    expect(owner.get_by_text("sue@example.org")).to_have_count(0)


@pytest.mark.sampled(1)
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
        found = axe(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def beacon(page: Page, campaign: str, number: int, **more: object) -> None:
    """Report something to the campaign at this address, as a browser of its own."""
    told = {
        "id": f"0193e5b4-6f3a-7c1e-9d2a-{number:012x}",
        "visitor": f"{number}" * 32,
        "pairs": [],
        **more,
    }
    answer = page.request.post(f"{campaign}/beacon", data=told)
    assert answer.ok, answer.text()


@pytest.mark.sampled(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_owner_sees_an_entrants_browsers_and_allows_more(
    scheme: str, widths: Sequence[int], server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    owner = trk_new_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    owners = signed_in(owner, server)
    campaign = server.url + server.prepared.path.removeprefix("/admin/campaigns")
    owner.request.post(
        f"{server.url}/api/v1{server.prepared.path.removeprefix('/admin')}/actions",
        headers={"Authorization": f"Bearer {server.token}"},
        data={"title": "VIP", "tracking_name": "VIP", "url": "https://shop.test/"},
    )
    sue = trk_new_context().new_page()
    beacon(sue, campaign, 1, ticket="1" * 32)
    enter(sue, f"{campaign}?visitor={'1' * 32}", "Sue", "sue@example.org")
    away = sue.locator("a[href*='/go/']").first.get_attribute("href") or ""
    for number, more in ((2, {"direct": True}), (3, {}), (4, {"was": "3" * 32})):
        went = sue.request.get(server.url + away, max_redirects=0).headers["location"]
        token = {"xref": went.partition("xref=")[2]} if number < 4 else {}
        beacon(sue, campaign, number, **token, **more)
    owner.goto(f"{owners}/entrants/1")
    rows = owner.get_by_role("region", name="Browsers").locator("tbody tr")
    told = [" ".join(row.inner_text().split()) for row in rows.all()]
    assert [row.split()[0] for row in told] == ["1" * 8, "2" * 8, "3" * 8, "4" * 8]
    assert [row.split()[-1].upper() for row in told] == [
        "CERTAIN",
        "CERTAIN",
        "PROVISIONAL",
        "PROVISIONAL",
    ]
    expect_well(owner, "browsers", widths)
    press(owner, "Allow more than 10")
    field = owner.get_by_label("Reason").last
    expect(field).to_be_focused()
    field.fill("A school with thirty laptops.")
    press(owner, "Allow more than 10")
    expect(owner.get_by_text("More than 10 browsers allowed")).to_be_visible()
    expect(owner.get_by_role("button", name="Allow at most 10")).to_be_visible()
    expect_well(owner, "more browsers allowed", widths)
