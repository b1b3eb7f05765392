"""A page that comes back from the back/forward cache goes on where it stopped.

Playwright turns that cache off, and loses sight of a page that comes back; so the pages do it all
by themselves, and only the server is asked.
"""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser

from e2e.pages import page_with
from trk_sdk import builder
from trk_sdk.testkit.faults import Faults, answer
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

LEAVING = """
    window.Gleam = window.Gleam || [];
    function called(name) {
        return ['callback', function () { Gleam.push(['called', name]) }];
    }
    addEventListener('pageshow', function (event) {
        if (event.persisted) Gleam.push(['back'], called('back'));
    });
    // The first answer is here: what was pushed rests.
    Gleam.push(['before'], called('before'), ['error', function () { location.href = '/end' }]);
"""
RETURNING = (
    "addEventListener('pageshow', function () { setTimeout(function () { history.back() }) })"
)


def test_a_page_from_the_back_forward_cache_delivers_what_rested_and_what_is_pushed_then(
    trk_launch: Callable[..., Browser],
    trk_new_context: ContextFactory,
    faults: Faults,
    trk_site: Site,
    campaign: Campaign,
) -> None:
    browser = trk_launch(ignore_default_args=["--disable-back-forward-cache"])
    page = trk_new_context(on=browser).new_page()
    script = trk_site.script("/trk.js", builder.script(campaign.key, faults.url))
    trk_site.page("/end", f"<title>End</title><script>{RETURNING}</script>")
    # Once as it is pushed, and once as the page hides.
    faults.next(answer(503, Retry_After="9"), answer(503))
    page.goto(trk_site.page("/", page_with(script, before=LEAVING)))
    campaign.expect_trackings(
        ("before", None), ("back", None), ("called", "back"), ("called", "before"), timeout=30
    )
