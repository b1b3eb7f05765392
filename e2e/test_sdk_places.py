"""trk.js wherever its loader stands: in the page, in a tag manager, in a frame."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from e2e.console import mistakes_of, quiet, sentences_of
from e2e.pages import COUNT, TRIGGER, address, page_with
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page on which no error goes unnoticed, and on which trk.js has nothing to complain of."""
    with quiet(page):
        yield page


PLACES = {
    "in the body": "<body><p>Shop</p><script>{trigger}</script>{loader}<p>End</p></body>",
    "in the last line": "<body><p>Shop</p><script>{trigger}</script></body></html>\n{loader}",
    "twice": "<head>{loader}<script>{trigger}</script></head><body>{loader}</body>",
    "by a tag manager": """<head><script>{trigger}</script></head><body><script>
        addEventListener('load', function () {{
            setTimeout(function () {{
                var tag = document.createElement('script');
                tag.src = '{script}';
                document.body.appendChild(tag);
            }});
        }});
    </script></body>""",
    "in an attribute's code": """<body><script>{trigger}</script><svg onload="
        var tag = document.createElement('script');
        tag.text = 'document.write = null';
        tag.src = '{script}';
        document.head.appendChild(tag);
    "></svg></body>""",
}


@pytest.mark.sampled
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_wherever_the_loader_stands_each_push_is_stored_once(
    place: str, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    html = place.format(loader=campaign.loader, script=campaign.script_url, trigger=TRIGGER)
    page.goto(trk_site.page("/", f"<!doctype html><html><link rel=icon href=data:,>{html}"))
    page.wait_for_function("!!Gleam.trk")
    page.evaluate("Gleam.push(['late'])")
    campaign.expect_trackings(("VIP", "myValue"), ("late", None))


@pytest.mark.sampled
@pytest.mark.parametrize("sandbox", ["", "sandbox=allow-scripts"], ids=["plain", "sandboxed"])
def test_a_page_in_an_iframe_tracks(
    sandbox: str, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    mistakes, sentences = mistakes_of(trk_page), sentences_of(trk_page)
    trk_site.page("/inner", page_with(address(campaign), before=TRIGGER))
    frame = f"<iframe {sandbox} src='/inner?xref={32 * 'x'}'>"
    trk_page.goto(trk_site.page("/", f"<!doctype html>{frame}"))
    inner = trk_page.frames[1]
    inner.wait_for_function("!!(window.Gleam && Gleam.trk)")
    inner.evaluate(f"Gleam.push(['late'], {COUNT})")
    inner.wait_for_function("answers.length == 1")
    campaign.expect_trackings(("VIP", "myValue"), ("late", None))
    # Sandboxed, it has neither storage nor cookie.
    reached = "(() => { try { return !!localStorage } catch { return false } })()"
    assert inner.evaluate(reached) is not bool(sandbox)
    assert inner.evaluate("location.search") == ""
    assert mistakes == []
    assert [NOT_OURS in told for told in sentences] == [True]


NOT_OURS = "The xref token is not one of this campaign's"
