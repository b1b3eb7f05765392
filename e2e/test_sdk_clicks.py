"""Clicks that trk.js hears: on what declares a push, and on links to the campaign."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from e2e.console import sentences_of
from e2e.pages import address, page_with
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

SHADOW = (
    "<div id=host></div><script>document.getElementById('host').attachShadow({{mode: 'open'}})"
    '.innerHTML = "{html}"</script>'
)
BUTTON = "<button data-gleam-track=VIP data-gleam-value=x>Buy</button>"


@pytest.mark.parametrize("again", [False, True], ids=["once", "loaded again"])
def test_a_document_that_is_written_anew_is_still_heard(
    again: bool, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    page.goto(trk_site.page("/", page_with(address(campaign), body=BUTTON)))
    script = f"<script src='{address(campaign)}'><\\/script>" if again else ""
    page.evaluate(f'document.open(); document.write("{BUTTON}{script}"); document.close(); 0')
    page.wait_for_function("!!document.querySelector('button')")
    if again:
        page.wait_for_load_state()
    page.get_by_role("button").click()
    campaign.expect_trackings(("VIP", "x"))


@pytest.mark.parametrize(
    "html",
    [
        "<label data-gleam-track=VIP data-gleam-value=x>Yes <input type=checkbox></label>",
        "<div data-gleam-track=VIP data-gleam-value=x><label for=a>Yes</label>"
        "<input id=a type=checkbox></div>",
    ],
    ids=["the label", "what is around both"],
)
def test_a_click_on_a_label_counts_once_and_so_does_one_on_its_box(
    html: str, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    page.goto(trk_site.page("/", page_with(address(campaign), body=html)))
    page.get_by_text("Yes").first.click(position={"x": 2, "y": 2})
    assert page.get_by_role("checkbox").is_checked()
    campaign.expect_trackings(("VIP", "x"))
    page.get_by_role("checkbox").click()
    campaign.expect_trackings(("VIP", "x"), ("VIP", "x"))


def test_the_box_of_a_label_counts_where_only_the_box_declares(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    html = "<label>Yes <input type=checkbox data-gleam-track=VIP></label>"
    page.goto(trk_site.page("/", page_with(address(campaign), body=html)))
    page.get_by_text("Yes").click(position={"x": 2, "y": 2})
    campaign.expect_trackings(("VIP", None))


def test_an_element_in_a_shadow_root_declares(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    body = SHADOW.format(html=BUTTON)
    page.goto(trk_site.page("/", page_with(address(campaign), body=body)))
    page.get_by_role("button").click()
    campaign.expect_trackings(("VIP", "x"))


def test_an_svg_s_shape_declares(campaign: Campaign, trk_site: Site, page: Page) -> None:
    svg = "<svg width=50 height=50><rect width=50 height=50 data-gleam-track=VIP /></svg>"
    page.goto(trk_site.page("/", page_with(address(campaign), body=svg)))
    page.locator("rect").click()
    campaign.expect_trackings(("VIP", None))


def test_the_middle_button_counts_and_the_right_one_does_not(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    body = "<a href='#' data-gleam-track=VIP>Buy</a>"
    page.goto(trk_site.page("/", page_with(address(campaign), body=body)))
    page.get_by_role("link").click(button="right")
    page.keyboard.press("Escape")
    page.get_by_role("link").click(button="middle")
    campaign.expect_trackings(("VIP", None))


LINKS = {
    "plain": "<a href='{url}'>Win</a>",
    "with a query and a hash": "<a href='{url}?a=1#b'>Win</a>",
    "in a shadow root": SHADOW.replace("{html}", "<a href='{url}'>Win</a>"),
    "in an SVG": "<svg width=90 height=40><a href='{url}'><text y=20>Win</text></a></svg>",
    "in an SVG of old": "<svg width=90 height=40>"
    "<a xlink:href='{url}'><text y=20>Win</text></a></svg>",
}


@pytest.mark.sampled
@pytest.mark.parametrize("html", LINKS.values(), ids=LINKS.keys())
def test_what_was_done_before_counts_behind_a_link_which_stays_as_it_was(
    html: str, trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP")
    body = html.format(url=campaign.url)
    page.goto(trk_site.page("/", page_with(address(campaign), body=body)))
    page.evaluate("Gleam.push(['VIP', 'early'])")
    href = (
        "() => { const root = (document.getElementById('host') || {}).shadowRoot || document;"
        " const link = root.querySelector('a');"
        " return link.getAttribute('href') || link.getAttribute('xlink:href') }"
    )
    before = page.evaluate(href)
    page.evaluate("addEventListener('click', event => event.preventDefault())")
    page.get_by_text("Win").click()
    page.evaluate("() => new Promise(done => setTimeout(done))")
    assert page.evaluate(href) == before
    page.reload()
    page.get_by_text("Win").click()
    page.wait_for_url(lambda url: url.startswith(campaign.address))
    assert "visitor" not in page.url
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_role("button", name="Enter").click()
    campaign.expect_unlocked("VIP", email="ann@example.org")


@pytest.mark.sampled
@pytest.mark.parametrize("clicked", [0, 1], ids=["the first", "the second"])
def test_a_click_on_a_page_with_two_campaigns_counts_in_the_one_that_it_leads_to(
    clicked: int, trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    both = (trk_campaign("VIP"), trk_campaign("VIP"))
    chosen, other = both[clicked], both[1 - clicked]
    body = "".join(f"<a href='{each.url}'>{each.key}</a> " for each in both)
    page.goto(trk_site.page("/", page_with(*map(address, both), body=body)))
    page.evaluate("Gleam.push(['VIP', 'early'])")
    for each in both:
        each.expect_trackings(("VIP", "early"))
    page.get_by_text(chosen.key).click()
    page.wait_for_url(lambda url: url.startswith(chosen.address))
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_role("button", name="Enter").click()
    chosen.expect_unlocked("VIP", email="ann@example.org")
    assert other.completions() == []


def test_an_address_that_is_asked_for_carries_the_visitor_once(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP")
    page.goto(trk_site.page("/", page_with(address(campaign))))
    page.evaluate("Gleam.push(['VIP', 'early'])")
    assert page.evaluate("Gleam.link('https://other.example/')") == "https://other.example/"
    page.evaluate(f"location.href = Gleam.link('{campaign.url}'); 0")
    page.wait_for_url(lambda url: url.startswith(campaign.address))
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_role("button", name="Enter").click()
    campaign.expect_unlocked("VIP", email="ann@example.org")


@pytest.mark.sampled
@pytest.mark.parametrize("does", ["this.href = '/next'", "this.removeAttribute('href')"])
def test_what_the_page_makes_of_its_link_in_the_click_stays(
    does: str, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    body = f'<a href="{campaign.url}" onclick="event.preventDefault(); {does}">Win</a>'
    page.goto(trk_site.page("/", page_with(address(campaign), body=body)))
    page.get_by_text("Win").click()
    page.evaluate("() => new Promise(done => setTimeout(done, 20))")
    expected = "/next" if "next" in does else None
    assert page.evaluate("document.querySelector('a').getAttribute('href')") == expected


def test_a_page_that_took_the_global_away_and_loads_the_script_anew_counts_a_click_once(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    page.goto(trk_site.page("/", page_with(address(campaign), body=BUTTON)))
    page.evaluate("Gleam = []; 0")
    page.add_script_tag(url=address(campaign))
    page.get_by_role("button").click()
    page.evaluate("Gleam.push(['last'])")
    campaign.expect_trackings(("VIP", "x"), ("last", None))


def test_the_page_s_own_dataset_is_not_an_element_s(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    told = sentences_of(page)
    body = "<table id=dataset></table><button data-gleam-track=VIP>VIP</button>"
    page.goto(trk_site.page("/", page_with(address(campaign), body=body)))
    page.get_by_role("button").click()
    campaign.expect_trackings(("VIP", None))
    assert told == []


def test_a_form_s_fields_may_have_any_name(campaign: Campaign, trk_site: Site, page: Page) -> None:
    body = (
        "<div data-gleam-track=Outer><form><input type=hidden name=control>"
        "<input type=hidden name=getAttribute><label data-gleam-track=VIP>Yes"
        "<input type=checkbox></label></form></div>"
    )
    page.goto(trk_site.page("/", page_with(address(campaign), body=body)))
    page.evaluate("document.querySelector('label').click()")
    page.evaluate("Gleam.push(['last'])")
    campaign.expect_trackings(("VIP", None), ("Outer", None), ("last", None))
