"""A tab whose process is killed in the middle: what it has pushed is in the outbox all the same."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest
from playwright.sync_api import Browser

from e2e.outbox import shop_by
from sdk.testkit.faults import Faults, answer
from sdk.testkit.plugin import ContextFactory
from sdk.testkit.site import Site
from sdk.testkit.truth import Campaign


def _tabs() -> set[psutil.Process]:
    """The processes below this one that run the pages of Chromium."""
    below = psutil.Process().children(recursive=True)
    return {process for process in below if "--type=renderer" in _command(process)}


def _command(process: psutil.Process) -> list[str]:
    try:
        words: list[str] = process.cmdline()
    except psutil.Error:  # it has ended meanwhile
        return []
    return words


def test_what_a_killed_tab_left_behind_is_sent_by_the_next_page(
    trk_browser_name: str,
    trk_launch: Callable[..., Browser],
    trk_new_context: ContextFactory,
    faults: Faults,
    trk_site: Site,
    campaign: Campaign,
) -> None:
    if trk_browser_name == "firefox":
        pytest.skip("Playwright's connection to Firefox ends with the process of a page.")
    others = _tabs()
    context = trk_new_context(on=trk_launch())
    page = context.new_page()
    page.goto(shop_by(faults.url, campaign, trk_site))
    faults.always(answer(503))
    # One tab reads what the other has stored: then it is out of the tab that is killed.
    watching = context.new_page()
    watching.goto(page.url)
    page.evaluate("Gleam.push(['VIP', 'killed'])")
    watching.wait_for_function("Object.keys(localStorage).length == 2")
    killed = _tabs() - others
    assert killed
    for process in killed:
        process.kill()
    psutil.wait_procs(killed)
    faults.clear()
    following = context.new_page()
    following.goto(trk_site.url)
    # Delivered: only the visitor id is left.
    following.wait_for_function("Object.keys(localStorage) == 'gleam_id'")
    assert [(told.name, told.value) for told in campaign.trackings()] == [("VIP", "killed")]
