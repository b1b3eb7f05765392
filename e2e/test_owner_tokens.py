"""API tokens on the owner's pages, tried at the real API."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.error import HTTPError
from urllib.request import Request

import pytest
from playwright.sync_api import Page, expect

from e2e.owning import PASSWORD, OwnersServer, signed_in
from e2e.well import expect_well
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.process import direct

pytestmark = pytest.mark.once

LONG = "Donaudampfschifffahrtsgesellschaftskapitaensmuetze" * 2


def asked(server: OwnersServer, token: str, path: str) -> int:
    """The status with which the API answers this token."""
    request = Request(f"{server.url}/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
    try:
        with direct(request, timeout=30) as answer:
            return int(answer.status)
    except HTTPError as refused:
        return refused.code


def make(page: Page, name: str) -> str:
    """Create a token with what the form proposes: the token."""
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create token").click()
    return page.locator("#token").inner_text()


def test_a_token_is_made_copied_used_within_its_bounds_and_revoked(
    server: OwnersServer, trk_page: Page, trk_browser_name: str
) -> None:
    page = trk_page
    if trk_browser_name == "chromium":  # asks, where Firefox takes the click for an answer
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    key = signed_in(page, server).rsplit("/", 1)[1]
    page.get_by_role("link", name="API tokens").click()
    expect(page.get_by_text("No tokens yet")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Shop")
    page.get_by_label("Read personal data").check()
    page.get_by_label("Where").select_option("Win a bike")
    page.get_by_label("Days until it expires").fill("30")
    page.get_by_role("button", name="Create token").click()
    token = page.locator("#token").inner_text()
    page.get_by_role("button", name="Copy the token").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.get_by_label("Name", exact=True).press("ControlOrMeta+v")
    expect(page.get_by_label("Name", exact=True)).to_have_value(token)
    assert asked(server, token, f"/campaigns/{key}/entrants") == 200
    assert asked(server, token, f"/campaigns/{key}/secret") == 403

    page.goto(f"{server.url}/admin/tokens")
    expect(page.locator("main")).not_to_contain_text(token)
    row = page.get_by_role("listitem").filter(has_text="Shop")
    for words in (
        "Read campaigns and counts · Read personal data",
        "Only in Win a bike",
        "last used",
    ):
        expect(row).to_contain_text(words)
    row.get_by_role("link", name="Revoke").click()
    expect(page.get_by_text("Programs that use it are refused from then on")).to_be_visible()
    assert asked(server, token, f"/campaigns/{key}") == 200
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Token revoked")).to_be_visible()
    assert asked(server, token, f"/campaigns/{key}") == 401


def test_the_page_leads_to_the_apis_page(server: OwnersServer, trk_page: Page) -> None:
    signed_in(trk_page, server)
    trk_page.get_by_role("link", name="API tokens").click()
    trk_page.get_by_role("link", name="See the API reference").click()
    expect(trk_page.get_by_role("heading", name="API reference")).to_be_visible()


def test_a_mistake_keeps_what_was_ticked_and_a_session_that_ends_loses_nothing(
    server: OwnersServer, trk_page: Page
) -> None:
    page = trk_page
    signed_in(page, server)
    page.goto(f"{server.url}/admin/tokens")
    page.get_by_label("Read campaigns and counts").uncheck()
    page.get_by_label("Draw winners").check()
    page.get_by_label("Days until it expires").fill("forever")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.get_by_label("Days until it expires")).to_have_accessible_description(
        "1 to 3650. Leave empty if it never expires. Enter a whole number from 1 to 3650, or leave "
        "this empty."
    )
    page.get_by_label("Days until it expires").fill("")
    page.get_by_label("Name", exact=True).fill("Draw")
    page.context.clear_cookies()
    page.get_by_role("button", name="Create token").click()
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Nothing is saved yet")).to_be_visible()
    expect(page.get_by_label("Draw winners")).to_be_checked()
    expect(page.get_by_label("Read campaigns and counts")).not_to_be_checked()
    expect(page.get_by_text("No tokens yet")).to_be_visible()
    page.get_by_role("button", name="Create token").click()
    row = page.get_by_role("listitem").filter(has_text="never expires")
    expect(row).to_contain_text("Draw winners")


@pytest.mark.sampled(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_of_tokens_is_well_at_every_width(
    scheme: str, widths: Sequence[int], server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    signed_in(page, server, LONG)
    here = f"{server.url}/admin/tokens"
    page.goto(here)
    expect_well(page, "none yet", widths)
    page.get_by_label("Read campaigns and counts").uncheck()
    page.get_by_label("Days until it expires").fill("x")
    page.get_by_role("button", name="Create token").click()
    expect(page.locator(".mistake")).to_have_count(3)
    expect_well(page, "wrong", widths)
    page.goto(here)
    make(page, LONG)
    expect_well(page, "made", widths)
    page.get_by_role("link", name="Revoke").click()
    expect(page.get_by_role("button", name="Revoke")).to_be_visible()
    expect_well(page, "revoking", widths)
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Token revoked")).to_be_visible()
    expect_well(page, "revoked", widths)
    assert [line for line in complaints if "status of 40" not in line] == []
