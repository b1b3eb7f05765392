"""The overview's charts tell what happened on a day: to the mouse, the keyboard, and axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.owning import OwnersServer, with_entries
from e2e.well import Looks, expect_well_in
from trk_sdk.testkit.plugin import ContextFactory

pytestmark = pytest.mark.once


def test_a_day_is_told_to_the_mouse_and_to_the_keyboard(
    server: OwnersServer, trk_page: Page
) -> None:
    page = trk_page
    page.goto(with_entries(page, server))
    told = page.locator("output")
    chart = page.get_by_role("figure").filter(has_text="Completed actions")
    picture = chart.get_by_role("img")
    expect(picture).to_have_accessible_name(
        "Completed actions per day: 3 in total; the highest was 3 on "
        f"{chart.locator('[data-from]').evaluate(TODAY)}. The numbers are in the table below."
    )
    box = picture.bounding_box()
    assert box is not None
    picture.hover(position={"x": box["width"] - 2, "y": 10})
    expect(told).to_contain_text(": 3")
    picture.hover(position={"x": 2, "y": 10})
    expect(told).to_contain_text(": 0")
    page.mouse.move(0, 0)
    expect(told).to_have_count(0)
    day = chart.get_by_role("slider", name="Completed actions per day, day by day")
    day.focus()
    expect(told).to_contain_text(": 3")
    expect(day).to_have_attribute("aria-valuetext", told.inner_text())
    page.keyboard.press("ArrowLeft")
    expect(told).to_contain_text(": 0")
    expect(day).to_have_attribute("aria-valuetext", told.inner_text())
    day.blur()
    expect(told).to_have_count(0)


TODAY = """chart => {
  const day = new Date(chart.dataset.from);
  day.setUTCDate(day.getUTCDate() + chart.dataset.counts.split(' ').length - 1);
  return day.toISOString().slice(0, 10);
}"""


def test_a_finger_chooses_a_day_that_stays_until_another_is_chosen(
    server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce"
    ).new_page()
    page.goto(with_entries(page, server))
    told = page.locator("output")
    first, *_, last = page.locator("[data-chart] svg").all()
    first.tap()
    expect(told).to_contain_text(": 0")
    last.tap()
    expect(told).to_have_count(1)


def test_the_overview_with_data_is_well_for_any_number_of_days(
    server: OwnersServer, trk_new_context: ContextFactory, looks: Looks
) -> None:
    page = trk_new_context(reduced_motion="reduce").new_page()
    page.goto(with_entries(page, server))
    page.get_by_text("Show as a table").click()
    expect_well_in(page, "30 days", looks)
    days = page.get_by_role("navigation", name="Days shown")
    for span in ("90 days", "7 days"):
        days.get_by_role("link", name=span, exact=True).click()
        expect(page.get_by_role("heading", name=f"The last {span}")).to_be_visible()
        page.get_by_role("slider").first.focus()
        expect_well_in(page, span, looks)
