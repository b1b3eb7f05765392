"""The owner's long lists, with rows in them."""

from __future__ import annotations

import csv

import pytest
from playwright.sync_api import expect

from e2e.lists import fill
from e2e.owning import OwnersServer, press, signed_in
from e2e.well import axe
from trk_sdk.testkit.plugin import ContextFactory

pytestmark = pytest.mark.once

LISTS = ("entries", "entrants", "log", "claims", "codes/list")


@pytest.fixture(scope="module")
def filled(shared_server: OwnersServer) -> OwnersServer:
    """A server with 60 rows in each list, for tests that change none."""
    fill(shared_server, 60)
    return shared_server


def test_fifty_rows_of_a_list_take_at_most_6000_pixels_on_a_phone(
    filled: OwnersServer, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(viewport={"width": 390, "height": 844}).new_page()
    campaign = signed_in(page, filled)
    for name in LISTS:
        page.goto(f"{campaign}/{name}")
        assert page.locator("tbody tr").count() == 50, name
        tall, wide = page.evaluate(
            "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
        )
        assert (tall <= 6_000, wide <= 390) == (True, True), (name, tall, wide)


@pytest.mark.sampled
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_lists_with_rows_pass_axe(
    scheme: str, width: int, filled: OwnersServer, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(
        color_scheme=scheme, viewport={"width": width, "height": 844}, reduced_motion="reduce"
    ).new_page()
    campaign = signed_in(page, filled)
    for name in LISTS:
        page.goto(f"{campaign}/{name}")
        found = axe(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


@pytest.mark.sampled(1)
@pytest.mark.parametrize("width", [390, 1280])
def test_the_bar_stays_in_view_and_what_it_did_is_undone_with_the_keyboard(
    width: int, server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    fill(server, 60)
    page = trk_new_context(viewport={"width": width, "height": 844}).new_page()
    campaign = signed_in(page, server)
    for name, button, said in (
        ("entries", "Invalidate", "2 entries"),
        ("entrants", "Block selected", "2 entrants"),
        ("claims", "Block their entrants", "2 entrants"),
    ):
        page.goto(f"{campaign}/{name}")
        boxes = page.locator("tbody [type=checkbox]")
        if width == 390:  # where it would cover the list, it waits until something is chosen
            expect(page.get_by_role("button", name=button, exact=True)).not_to_be_in_viewport()
        for n in (0, 1):
            boxes.nth(n).focus()
            page.keyboard.press("Space")
        bar = page.get_by_role("group").filter(has=page.get_by_role("button", name=button))
        for n in (10, 25, 40):
            boxes.nth(n).scroll_into_view_if_needed()
            expect(bar).to_be_in_viewport(ratio=0.99)
            expect(bar.get_by_role("status")).to_have_text("2 selected")
        page.get_by_label("Reason").fill("By mistake")
        press(page, button)
        expect(page.get_by_text(f"{said} were changed.")).to_be_visible()
        assert axe(page).violations_count == 0
        press(page, f"Undo the change to {said}")
        expect(page.get_by_text(f"Undone: {said} are as before.")).to_be_visible()


def test_lists_are_worked_with_without_scripts(
    server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    fill(server, 120)
    page = trk_new_context(java_script_enabled=False).new_page()
    page.route("**/*.js*", lambda route: route.abort())
    campaign = signed_in(page, server)
    page.goto(f"{campaign}/entries")
    expect(page.get_by_text("1–50 of 120").first).to_be_visible()
    page.get_by_role("link", name="Last").click()
    expect(page.get_by_text("101–120 of 120").first).to_be_visible()
    page.get_by_label("State").select_option("Valid")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Remove the filter State: Valid").click()
    page.get_by_role("link", name="When").click()
    expect(page.get_by_role("columnheader", name="When")).to_have_attribute(
        "aria-sort", "ascending"
    )
    page.locator("tbody [type=checkbox]").first.check()
    page.get_by_label("Reason").fill("By mistake")
    page.get_by_role("button", name="Invalidate").click()
    page.get_by_role("button", name="Undo the change to 1 entry").click()
    expect(page.get_by_text("Undone: 1 entry is as before.")).to_be_visible()
    for name, separator in (("Download as CSV", ","), ("CSV with ;", ";")):
        with page.expect_download() as begun:
            page.get_by_role("link", name=name).click()
        with begun.value.path().open(encoding="utf-8-sig", newline="") as lines:
            assert len(list(csv.DictReader(lines, delimiter=separator))) == 120
