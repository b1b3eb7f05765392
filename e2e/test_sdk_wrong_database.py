"""The outbox of a browser whose server has started on the wrong database."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from e2e.outbox import push, shop_by
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.site import Site


@pytest.mark.once
def test_what_a_page_pushes_meanwhile_is_stored_once_the_disk_is_mounted(
    trk_page: Page, trk_site: Site, trk_own_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    campaign = trk_campaign("VIP", on=trk_own_backend)
    trk_page.goto(shop_by(trk_own_backend.url, campaign, trk_site))
    trk_own_backend.stop()
    file = Path(trk_own_backend.database.removeprefix("sqlite:///"))
    mounted = file.rename(file.with_name("mounted.db"))

    trk_own_backend.start()
    with trk_page.expect_response("**/beacon") as answered:
        push(trk_page)
    assert answered.value.status == 503
    trk_own_backend.stop()
    assert trk_page.evaluate("Object.keys(localStorage).length") == 2

    for left in file.parent.glob(f"{file.name}*"):
        left.unlink()
    mounted.rename(file)
    trk_own_backend.start()
    trk_page.reload()
    campaign.expect_trackings(("VIP", "1"))
    trk_page.wait_for_function("Object.keys(localStorage) == 'gleam_id'")
