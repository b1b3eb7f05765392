"""What changes on the campaign's page as time passes, and how little the page costs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Request, expect

from e2e.entrant import arrive, entered, push
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory

MINUTE = 60_000


def test_the_time_left_is_counted_down_in_words_while_the_page_is_open(
    trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    end = datetime.now(UTC) + timedelta(days=2, minutes=1, seconds=40)
    trk_page.clock.install()
    CampaignPage(trk_page, trk_campaign(ends_at=end.isoformat())).open()
    left = trk_page.locator("dd time")
    expect(left).to_have_text("2 days")
    for passed, words in (
        (2 * MINUTE, "47 hours"),
        (46 * 60 * MINUTE, "1 hour"),
        (110 * MINUTE, "9 minutes"),
        (9.2 * MINUTE, "less than a minute"),
    ):
        trk_page.clock.fast_forward(int(passed))
        trk_page.clock.run_for(1000)
        expect(left).to_have_text(words)


@pytest.mark.once
def test_a_daily_action_that_was_just_done_says_when_it_opens_again(
    trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    campaign = trk_campaign()
    campaign.add_action("Visit", frequency="daily")
    arrive(trk_page, campaign)
    opened = CampaignPage(trk_page, campaign)
    opened.enter()
    opened.expect_open("Visit")
    push(trk_page, campaign, "Visit")
    opened.expect_done("Visit")
    state = trk_page.get_by_role("listitem").get_by_text("Done for today")
    expect(state).to_have_text(
        re.compile(r"Done for today, again in ((\d+ h )?\d+ min|less than a minute)$")
    )
    trk_page.reload()
    expect(state).to_have_text(re.compile("again in"))


@pytest.mark.once
def test_the_page_is_loaded_with_less_than_15_kilobytes(
    trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    campaign = trk_campaign(*(f"Action {n}" for n in range(20)), terms="Be nice. " * 100)
    campaign.add_prize("A bike")
    entered(trk_page, campaign)
    trk_page.reload(wait_until="networkidle")
    sizes: dict[str, int] = trk_page.evaluate(
        "Object.fromEntries(performance.getEntries().filter(each => 'encodedBodySize' in each)"
        ".map(each => [each.name, each.encodedBodySize]))"
    )
    assert len([name for name in sizes if "/static/" in name]) == 6
    assert all(sizes.values())
    assert sum(sizes.values()) < 15_000


@pytest.mark.once
@pytest.mark.parametrize("minutes", [10])
def test_a_page_that_nobody_touches_asks_some_30_times_in_ten_minutes(
    minutes: int, trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    trk_page.clock.install()
    asked: list[Request] = []
    trk_page.on("request", lambda each: asked.append(each) if "/status" in each.url else None)
    with trk_page.expect_request("**/status"):
        entered(trk_page, trk_campaign("VIP"))
    for _ in range(minutes * 60):
        # The page's time stands still while the server's answer is on its way.
        asked[-1].response()
        trk_page.clock.run_for(1000)
    answers = [answer.status for each in asked if (answer := each.response())]
    told = f"{len(answers)} requests in {minutes} minutes, {answers.count(304)} of them were 304"
    print(told)
    assert 20 <= len(answers) <= 40, told
    assert answers.count(304) == len(answers) - 1
