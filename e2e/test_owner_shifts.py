"""Nothing moves on the owner's pages when their script comes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from e2e.owning import OwnersServer, add_action, signed_in
from e2e.shifts import SHIFTS, Held, painted, shifts_of

pytestmark = pytest.mark.once

PATHS = (
    *("", "/settings", "/actions", "/fields", "/install", "/prizes", "/languages", "/entrants"),
    *("/entries", "/draw", "/log", "/webhooks", "/..", "/../../account", "/../../owners"),
)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_when_the_script_of_a_page_comes(
    width: int, server: OwnersServer, trk_page: Page, trk_browser_name: str
) -> None:
    if trk_browser_name != "chromium":
        pytest.skip("only Chromium tells what shifts")
    trk_page.set_viewport_size({"width": width, "height": 844})
    campaign = signed_in(trk_page, server)
    add_action(trk_page, campaign, "Become a VIP")
    trk_page.add_init_script(SHIFTS)
    moved: dict[str, list[float]] = {}
    for path in PATHS:
        held = Held(trk_page, "**/static/admin.js*")
        trk_page.goto(f"{campaign}{path}", wait_until="commit")
        trk_page.locator("h1").wait_for()
        painted(trk_page)
        held.let_go()
        trk_page.wait_for_load_state()
        if shifts := shifts_of(trk_page):
            moved[path] = shifts
        trk_page.unroute_all()
    assert moved == {}
