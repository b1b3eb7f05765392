"""A tab whose process is killed in the middle: what it has pushed is in the outbox all the same."""

from __future__ import annotations

from pathlib import Path

import psutil
from playwright.sync_api import Playwright

from e2e.pages import page_with
from e2e.unattended import Orders, tabs, unattended
from trk_sdk import builder
from trk_sdk.testkit.faults import Faults, answer
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign


def test_what_a_killed_tab_left_behind_is_sent_by_the_next_page(
    trk_browser_name: str,
    trk_playwright: Playwright,
    faults: Faults,
    trk_site: Site,
    campaign: Campaign,
    tmp_path: Path,
) -> None:
    script = trk_site.script("/trk.js", builder.script(campaign.key, faults.url))
    pushing = "window.Gleam = []; Gleam.push(['VIP', '{}']);"
    first = trk_site.page("/first", page_with(script, before=pushing.format("killed")))
    following = trk_site.page("/following", page_with(script, before=pushing.format("following")))
    # Were the first page alive, it would rest for long after its second try.
    faults.next(answer(503))
    faults.always(answer(503, Retry_After="3000"))
    # Another site's tab opens both pages: it has a process of its own.
    with Site("localhost") as other:
        orders = Orders(other)
        start = other.page("/", page_with(orders.script))
        with unattended(trk_playwright, trk_browser_name, tmp_path / "profile", start) as browser:
            other.wait_for("/order-1")
            others = tabs(browser)
            orders.give(f"open('{first}', '_blank', 'noopener')")
            # By its second try the outbox has long left its process.
            faults.wait_for_beacons(2)
            killed = tabs(browser) - others
            assert killed
            for process in killed:
                process.kill()
            psutil.wait_procs(killed)
            faults.clear()
            orders.give(f"location.href = '{following}'")
            campaign.expect_trackings(("VIP", "killed"), ("VIP", "following"))
