"""A server that takes its time to answer, or does not answer at all."""

from __future__ import annotations

import threading

from playwright.sync_api import Page

from e2e.outbox import push, shop_by
from trk_sdk.testkit.faults import Exchange, Faults, answer, hang
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import WAIT_SECONDS, Campaign


def test_a_server_that_does_not_answer_is_told_again_and_the_page_hears_of_it(
    campaign: Campaign, faults: Faults, trk_site: Site, trk_page: Page
) -> None:
    trk_page.clock.install()
    trk_page.goto(shop_by(faults.url, campaign, trk_site))
    faults.next(hang())
    push(trk_page)
    trk_page.clock.run_for(5_100)
    trk_page.wait_for_function("errors.length == 1")
    assert trk_page.evaluate("errors") == [{"reason": "not delivered yet", "retry": True}]
    assert trk_page.evaluate("answers") == []
    trk_page.clock.run_for(60_000)
    trk_page.wait_for_function("answers.length == 1")
    assert trk_page.evaluate("errors.length") == 1
    campaign.expect_trackings(("VIP", "1"))


def test_an_answer_that_took_a_minute_counts(
    campaign: Campaign, faults: Faults, trk_site: Site, trk_page: Page
) -> None:
    trk_page.clock.install()
    trk_page.goto(shop_by(faults.url, campaign, trk_site))
    passed = threading.Event()

    def take_a_minute(exchange: Exchange) -> None:
        assert passed.wait(WAIT_SECONDS)
        exchange.answer(*exchange.forward())

    faults.next(take_a_minute)
    faults.always(answer(503))
    push(trk_page)
    faults.wait_for_beacons(1)
    trk_page.clock.run_for(60_000)
    passed.set()
    trk_page.wait_for_function("Object.keys(localStorage).length == 1")
    trk_page.clock.run_for(60_000)
    trk_page.wait_for_function("answers.length == 1")
    campaign.expect_trackings(("VIP", "1"))
