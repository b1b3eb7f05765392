"""The owner takes the entries away as a file, and is told when it is whole."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.owning import OwnersServer, signed_in
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory

pytestmark = pytest.mark.once


def test_the_file_has_every_entry_and_the_page_says_when_it_is_whole(
    server: OwnersServer,
    trk_campaign: CampaignFactory,
    trk_new_context: ContextFactory,
    tmp_path: Path,
) -> None:
    page = trk_new_context().new_page()
    signed_in(page, server)
    campaign = trk_campaign(on=server)
    campaign.add_action("Hello", verification="ill_know")
    visit = CampaignPage(trk_new_context().new_page(), campaign)
    visit.open()
    visit.enter()
    visit.page.get_by_role("button", name="I did this").click()
    visit.expect_done("Hello")

    page.goto(f"{server.url}/admin/campaigns/{campaign.key}/entries")
    for _ in range(2):  # a second time as well: under another name
        with page.expect_download() as begun:
            page.get_by_role("link", name="Download as CSV").click()
        file = tmp_path / "entries.csv"
        begun.value.save_as(file)
        with file.open(encoding="utf-8-sig", newline="") as lines:
            assert [row["action"] for row in csv.DictReader(lines)] == ["Hello"]
        expect(page.get_by_text("1 entry, 100 %")).to_be_visible()
        expect(page.locator(".download [role=status]")).to_have_text("Download complete.")
        expect(page.get_by_role("progressbar", name="Download")).to_have_attribute("value", "100")
