"""An owner uploads a real shop's codes: sees what was understood, chooses the column, adds them,
and removes them again."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, Page, expect

from e2e.owning import set_up
from e2e.well import expect_well
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.process import Backend

pytestmark = pytest.mark.once

SHOP = "Code;Times Used In Total\r\n" + "".join(f"GRÜN-{n:04d};0\r\n" for n in range(40))
ODD = "7;A-1;Rabatt 5 €;a@example.org\r\n8;A-2;x;y\r\n8;A-2;x;y\r\n9;1,2E+15;x;y"


def upload(page: Page, name: str, text: bytes) -> None:
    file: FilePayload = {"name": name, "mimeType": "text/csv", "buffer": text}
    page.get_by_label("Or upload a file").set_input_files(file)
    page.get_by_role("button", name="Check the list").click()


@pytest.mark.sampled(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_shops_codes_are_checked_added_and_removed_again(
    scheme: str, new_server: Backend, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    page.goto(new_server.url)
    campaign = set_up(page, new_server, "Spring")
    page.goto(f"{campaign}/settings")
    page.get_by_label("Kind").select_option("reward")
    page.get_by_label("What everyone gets").select_option("codes")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(f"{campaign}/codes")

    upload(page, "shop.csv", SHOP.encode("cp1252"))
    expect(page.get_by_role("heading", name="Check these codes")).to_be_visible()
    expect(page.locator("ol.codes li")).to_have_text([f"GRÜN-{n:04d}" for n in range(5)])
    expect_well(page, "a shop's export", (390, 1280))
    page.get_by_role("button", name="Add 40 codes").click()
    expect(page.get_by_text("40 of 40 codes were new and have been added.")).to_be_visible()

    upload(page, "odd list.csv", ODD.encode("utf-16"))
    expect(page.get_by_text("Please check")).to_be_visible()
    expect_well(page, "an odd list", (390, 1280))
    page.get_by_role("radio", name="Column 2").check()
    page.get_by_role("button", name="Check again").click()
    expect(page.locator("ol.codes li")).to_have_text(["A-1", "A-2"])
    expect(page.get_by_text("Line 4")).to_contain_text("a spreadsheet shortened")
    page.get_by_role("button", name="Add 2 codes").click()
    expect(page.get_by_text("2 of 2 codes were new and have been added.")).to_be_visible()
    expect_well(page, "what was added", (390, 1280))

    page.get_by_role("button", name="Remove 2 unused codes of odd list.csv").click()
    expect(page.get_by_text("2 codes were removed.")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(2)

    upload(page, "list.csv", b"PK\x03\x04 a workbook")
    expect(page.locator("#file-mistake")).to_contain_text("an Excel workbook")
