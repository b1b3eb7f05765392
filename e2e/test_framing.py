"""Who may show a campaign, and what other pages and windows can't do with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from e2e.console import sentences_of
from e2e.framed import FramedCampaign, embedding, happened, told
from e2e.pages import wait_until_loaded
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

PUSH = "Gleam.push(['VIP', 'gold'])"


@pytest.fixture
def stranger() -> Iterator[Site]:
    """A site that the owner has not allowed."""
    with Site() as site:
        yield site


@pytest.fixture
def campaign(trk_campaign: CampaignFactory, trk_site: Site) -> Campaign:
    """A campaign that pages of the site may show."""
    return trk_campaign("VIP", name="Win a bike", allowed_origins=[trk_site.url])


@pytest.mark.sampled
@pytest.mark.parametrize("script", ["ol", "embed"])
def test_a_site_that_is_not_allowed_is_told_so_in_one_line_and_is_tracked_all_the_same(
    script: str, campaign: Campaign, stranger: Site, framing_page: Page
) -> None:
    sentences = sentences_of(framing_page)
    framing_page.goto(stranger.page("/shop", embedding(campaign, script=script)))
    wait_until_loaded(framing_page)
    framing_page.evaluate(PUSH)
    campaign.expect_tracking("VIP", outcome="waiting")
    expect(framing_page.locator("iframe, button")).to_have_count(0)
    assert [line for line in sentences if "is not shown here" in line] == [
        f"trk.js: campaign {campaign.key} is not shown here: {stranger.url} is not an "
        "allowed origin"
    ]
    assert len(sentences) == 1


@pytest.mark.sampled
@pytest.mark.parametrize("path", ["/frame?origin={allowed}", "/frame?origin={own}", "/win-a-bike"])
def test_a_page_of_another_site_can_not_frame_it_by_itself(
    path: str, campaign: Campaign, trk_site: Site, stranger: Site, framing_page: Page
) -> None:
    address = campaign.url + path.format(allowed=trk_site.url, own=stranger.url)
    framing_page.goto(
        stranger.page("/trap", f"<iframe src='{address}' onload='loaded = true'></iframe>")
    )
    framing_page.wait_for_function("window.loaded")
    inside = framing_page.locator("iframe").content_frame
    expect(inside.get_by_text("Win a bike")).to_have_count(0)
    # The allowed site can: what has just been seen was not a slow server.
    framing_page.goto(trk_site.page("/shop", embedding(campaign)))
    FramedCampaign(framing_page, campaign).expect_stranger()


FORGER = """<script>
var said = [{type: 'session', detail: 'forged'}, {type: 'who'}, {type: 'close'}, null, 'text',
  {type: 'event', detail: {type: 'entered', campaign: {key: 'KEY', name: 'forged'}}}, 7];
heard = [];
addEventListener('message', function (event) { heard.push(event.data) });
said.forEach(function (each) {
  if (each && each.type) each.campaign = 'KEY';
  parent.postMessage(each, '*');
});
parent.frames[0].postMessage({campaign: 'KEY', session: 'forged', visitor: 'f'.repeat(32)}, '*');
parent.frames[0].postMessage(null, '*');
parent.postMessage('all said', '*');
</script>"""


def test_messages_of_other_origins_change_nothing_and_are_answered_by_nothing(
    campaign: Campaign, trk_site: Site, stranger: Site, framing_page: Page
) -> None:
    forger = stranger.page("/forger", FORGER.replace("KEY", campaign.key))
    listen = (
        "addEventListener('message', function (event) { if (event.data == 'all said') over = 1 })"
    )
    framing_page.goto(trk_site.page("/shop", embedding(campaign, before=listen)))
    framed = FramedCampaign(framing_page, campaign)
    framed.enter()
    framed.expect_entered()
    kept = framing_page.evaluate("JSON.stringify(localStorage)")
    framing_page.evaluate(
        "address => { var node = document.createElement('iframe'); node.src = address; "
        "node.id = 'forger'; document.body.appendChild(node) }",
        forger,
    )
    framing_page.wait_for_function("window.over")
    framing_page.evaluate(PUSH)
    framed.expect_done("VIP")  # and whatever would have answered has had its turn
    assert framing_page.evaluate("JSON.stringify(localStorage)").count("forged") == 0
    assert f'"gleam_session_{campaign.key}"' in kept
    assert [
        event for event in happened(framing_page) if event["campaign"]["name"] == "forged"
    ] == []
    assert framing_page.frame_locator("#forger").locator("html").evaluate("heard") == []


@pytest.mark.once
def test_what_the_pages_own_scripts_tell_every_frame_is_none_of_the_campaigns(
    campaign: Campaign, trk_site: Site, framing_page: Page
) -> None:
    errors: list[str] = []
    framing_page.on("pageerror", lambda error: errors.append(str(error)))
    framing_page.goto(trk_site.page("/shop", embedding(campaign)))
    framed = FramedCampaign(framing_page, campaign)
    framed.enter()
    framed.expect_entered()
    framing_page.evaluate(
        "[null, undefined, 7, 'text', [], {}].forEach(each => frames[0].postMessage(each, '*'))"
    )
    framing_page.evaluate(PUSH)
    framed.expect_done("VIP")
    assert errors == []


ROW_GONE = """new MutationObserver(function () {
  var news = document.body && document.body.dataset.news;
  var row = news && document.querySelector('[data-action="' + news + '"]');
  if (row) row.remove();
}).observe(document, { childList: true, subtree: true });"""
"""As if the owner had removed the action while somebody was answering it."""


@pytest.mark.once
def test_a_frame_whose_action_is_gone_by_the_time_it_is_answered_goes_on(
    campaign: Campaign, trk_site: Site, framing_page: Page
) -> None:
    campaign.add_action(
        "Quiz", title="Quiz", verification="question", question="6 × 7?", answer_pattern="42"
    )
    campaign.add_action("Long", title="Long", description="line\n\n" * 40)
    errors: list[str] = []
    framing_page.on("pageerror", lambda error: errors.append(str(error)))
    framing_page.add_init_script(ROW_GONE)
    framing_page.goto(trk_site.page("/shop", embedding(campaign)))
    framed = FramedCampaign(framing_page, campaign)
    framed.enter()
    framed.unfold("Quiz")
    framed.frame.get_by_label("6 × 7?").fill("42")
    framed.frame.get_by_role("button", name="Send answer").click()
    expect(framed.frame.get_by_role("heading", name="Quiz", exact=True)).to_have_count(0)
    framed.unfold("Long")
    framing_page.wait_for_function("document.querySelector('iframe').offsetHeight > 1500")
    assert errors == []
    assert told(framing_page) == ["loaded", "loaded", "entered", "loaded"]


@pytest.mark.once
def test_a_session_that_the_server_does_not_know_is_forgotten_and_the_form_is_shown(
    campaign: Campaign, trk_site: Site, framing_page: Page
) -> None:
    forget = f"localStorage.gleam_session_{campaign.key} = 'long gone';"
    framing_page.goto(trk_site.page("/shop", embedding(campaign, before=forget)))
    framed = FramedCampaign(framing_page, campaign)
    framed.expect_stranger()
    framing_page.wait_for_function(f"!localStorage.gleam_session_{campaign.key}")
    framed.enter()
    framed.expect_entered()
