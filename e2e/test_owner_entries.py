"""Many entries are taken back at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.owning import PEOPLE, OwnersServer, press, with_entries
from e2e.well import axe
from trk_sdk.testkit.plugin import ContextFactory

pytestmark = pytest.mark.once

ALL = "Select all on this page"


def test_all_entries_of_a_page_are_ticked_with_the_keyboard_and_taken_back(
    server: OwnersServer, trk_page: Page
) -> None:
    page = trk_page
    with_entries(page, server)
    every = page.get_by_role("checkbox", name=ALL)
    ticked = page.get_by_role("status").filter(has_text="selected")
    expect(ticked).to_have_text("Nothing selected")
    page.get_by_role("checkbox", name="Select: Tell a friend, Bob").check()
    expect(ticked).to_have_text("1 selected")
    expect(every).to_be_checked(indeterminate=True)
    every.focus()
    page.keyboard.press("Space")
    expect(ticked).to_have_text("3 selected")
    for name in PEOPLE:
        expect(page.get_by_role("checkbox", name=f"Select: Tell a friend, {name}")).to_be_checked()
    page.keyboard.press("Space")
    expect(ticked).to_have_text("Nothing selected")
    page.keyboard.press("Space")
    page.get_by_role("checkbox", name="Select: Tell a friend, Ada").uncheck()
    expect(ticked).to_have_text("2 selected")
    expect(every).to_be_checked(indeterminate=True)
    page.get_by_label("Reason").fill("Robots")
    press(page, "Invalidate")
    expect(page.get_by_text("2 entries were changed.")).to_be_visible()
    expect(page.get_by_role("cell", name="Invalidated")).to_have_count(2)
    expect(page.get_by_role("row").filter(has_text="ada@example.org")).to_contain_text("Valid")


def test_without_its_script_there_is_no_box_that_would_do_nothing(
    server: OwnersServer, trk_page: Page
) -> None:
    trk_page.route("**/static/admin.js*", lambda route: route.abort())
    with_entries(trk_page, server)
    expect(trk_page.get_by_role("checkbox", name="Select: Tell a friend, Bob")).to_be_visible()
    expect(trk_page.get_by_role("checkbox", name=ALL)).to_have_count(0)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_box_says_what_it_does_and_the_page_passes_axe(
    scheme: str, server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(
        color_scheme=scheme, viewport={"width": 320, "height": 640}, reduced_motion="reduce"
    ).new_page()
    with_entries(page, server)
    label = page.get_by_text(ALL)
    expect(label).to_be_visible()
    label.click()
    expect(page.get_by_text("3 selected")).to_be_attached()
    found = axe(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
