"""The outbox under fire: what the server finally has, and how often the page was called back."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page

from e2e.console import sentences_of
from e2e.outbox import COUNTED, push, shop_by
from trk_sdk.testkit.faults import Fault, Faults, answer, cut, portal, refusal, reset
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

# Where only the status differs: what a browser makes of it is seen at one of them.
ONCE = pytest.mark.once


@pytest.fixture
def page(page: Page, trk_site: Site, campaign: Campaign, faults: Faults) -> Page:
    """A page of the shop whose beacons pass the faults."""
    page.goto(shop_by(faults.url, campaign, trk_site))
    return page


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(answer(503), id="503"),
        pytest.param(refusal(503, "busy"), id="503 of ours", marks=ONCE),
        pytest.param(answer(500, "Internal Server Error"), id="500", marks=ONCE),
        pytest.param(refusal(429, "too_many"), id="429 of ours", marks=ONCE),
        pytest.param(reset(), id="connection reset"),
        pytest.param(portal(), id="captive portal"),
        pytest.param(answer(200), id="200 without a body", marks=ONCE),
        pytest.param(answer(404, "<h1>Not Found</h1>"), id="404 of a proxy", marks=ONCE),
        pytest.param(answer(200, "{}"), id="200 with JSON of someone else", marks=ONCE),
        pytest.param(
            answer(403, '{"error": {"code": 403, "message": "Blocked."}}'),
            id="403 of a gateway, in a usual form",
            marks=ONCE,
        ),
        pytest.param(
            answer(403, '{"error": {"message": "Blocked.", "type": "waf"}}'),
            id="403 of a gateway, without a code",
            marks=ONCE,
        ),
        pytest.param(
            answer(401, '{"error": {"code": "AuthenticationFailed", "message": "Sign in."}}'),
            id="401 of a gateway, with a code as they write them",
            marks=ONCE,
        ),
    ],
)
def test_what_was_not_acknowledged_is_sent_again_and_called_back_once(
    fault: Fault, campaign: Campaign, faults: Faults, page: Page
) -> None:
    # Both ways of sending fail, then the second try succeeds.
    faults.next(fault, fault)
    push(page)
    page.wait_for_function("answers.length == 1")
    assert len(faults.beacons) >= 2
    assert len({json.loads(body)["id"] for body in faults.beacons}) == 1
    campaign.expect_trackings(("VIP", "1"))
    assert page.evaluate("[answers, errors]") == [[{"unlocked": [], "duplicate": False}], []]
    assert page.evaluate("Object.keys(localStorage)") == ["gleam_id"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(reset(stored=True), id="connection reset"),
        pytest.param(cut(), id="answer cut in the middle"),
        pytest.param(answer(502, "Bad gateway", stored=True), id="502", marks=ONCE),
    ],
)
def test_what_was_stored_without_our_knowing_is_stored_once(
    fault: Fault, campaign: Campaign, faults: Faults, page: Page
) -> None:
    faults.next(fault)
    push(page)
    page.wait_for_function("answers.length == 1")
    assert page.evaluate("answers[0].duplicate") is True
    page.evaluate(f"Gleam.push(['last'], {COUNTED})")
    campaign.expect_trackings(("VIP", "1"), ("last", None))
    assert page.evaluate("errors") == []


@pytest.mark.parametrize(
    "status", [400, *(pytest.param(status, marks=ONCE) for status in (403, 404, 409, 413))]
)
def test_what_the_server_refuses_for_good_is_reported_and_not_sent_again(
    status: int, campaign: Campaign, faults: Faults, page: Page
) -> None:
    told = sentences_of(page)
    faults.next(refusal(status, message="The reason."))
    push(page)
    page.wait_for_function("errors.length == 1")
    assert page.evaluate("errors") == [{"reason": "The reason.", "retry": False}]
    page.evaluate("Gleam.push(['last'], ['callback', function () { over = 1 }])")
    page.wait_for_function("window.over")
    campaign.expect_trackings(("last", None))
    assert page.evaluate("answers") == []
    assert told == ["trk.js: The reason."]
    assert page.evaluate("Object.keys(localStorage)") == ["gleam_id"]


@pytest.mark.once
def test_retry_after_is_honoured(campaign: Campaign, faults: Faults, page: Page) -> None:
    faults.next(answer(429, Retry_After="3"))
    page.evaluate("asked = performance.now()")
    push(page)
    page.wait_for_function("answers.length == 1")
    assert page.evaluate("performance.now() - asked") >= 3000
    assert len(faults.beacons) == 2
    campaign.expect_trackings(("VIP", "1"))


@pytest.mark.sampled
@pytest.mark.parametrize("after", ["-1", "soon", "0"])
def test_a_retry_after_that_is_no_time_to_wait_hurries_nobody(
    after: str, campaign: Campaign, faults: Faults, page: Page
) -> None:
    faults.next(answer(503, Retry_After=after))
    page.evaluate("asked = performance.now()")
    push(page)
    page.wait_for_function("answers.length == 1")
    assert page.evaluate("performance.now() - asked") >= 780
    assert len(faults.beacons) == 2
    campaign.expect_trackings(("VIP", "1"))


@pytest.mark.once
def test_browsers_that_were_sent_away_at_once_do_not_come_back_at_once(
    campaign: Campaign, faults: Faults, page: Page
) -> None:
    faults.next(answer(429, Retry_After="2"))
    page.evaluate("crypto.getRandomValues = list => list.fill(255); asked = performance.now()")
    push(page)
    page.wait_for_function("answers.length == 1")
    assert page.evaluate("performance.now() - asked") >= 2980
    campaign.expect_trackings(("VIP", "1"))


@pytest.mark.sampled
@pytest.mark.parametrize(
    "change",
    [
        "Math.random = function () {}",
        "Math.random = function () { return -5 }",
        "Math.min = function () {}",
    ],
)
def test_a_page_that_replaced_arithmetic_hurries_nobody_and_waits_for_no_other_page(
    change: str, campaign: Campaign, faults: Faults, page: Page
) -> None:
    page.evaluate(f"{change}; asked = performance.now()")
    faults.next(answer(503))
    push(page)
    page.wait_for_function("answers.length + errors.length")
    assert page.evaluate("performance.now() - asked") >= 780
    assert len(faults.beacons) == 2


def test_a_name_that_does_not_resolve_keeps_the_push_and_the_page_hears_of_it(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    page.goto(shop_by("http://nosuch.invalid", campaign, trk_site))
    push(page)
    page.wait_for_function("errors.length == 1")
    assert page.evaluate("errors") == [{"reason": "not delivered yet", "retry": True}]
    [kept] = page.evaluate("Object.keys(localStorage).filter(name => name != 'gleam_id')")
    assert kept.endswith(f"http://nosuch.invalid/{campaign.key}/beacon")


@pytest.mark.once
def test_50_pushes_against_a_server_that_is_busy_all_arrive_once(
    campaign: Campaign, faults: Faults, page: Page
) -> None:
    faults.always(answer(503))
    # Each in a task of its own, or they would share a beacon.
    page.evaluate(
        "(async () => { for (var i = 0; i < 50; i++) {"
        f" Gleam.push(['n', i], {COUNTED}); await new Promise(done => setTimeout(done)) }} }})()"
    )
    page.wait_for_function("Object.keys(localStorage).length == 51")
    faults.clear()
    campaign.expect_trackings(*[("n", str(i)) for i in range(50)], timeout=60)
    page.wait_for_function("answers.length == 50")
    assert page.evaluate("errors.filter(error => !error.retry)") == []


@pytest.mark.once
def test_200_pushes_at_once_all_arrive_once_in_order(campaign: Campaign, page: Page) -> None:
    page.evaluate(f"for (var i = 0; i < 200; i++) Gleam.push(['n', i], {COUNTED})")
    # More than the server takes of one visitor at once: the rest comes when it asks for it.
    page.wait_for_function("answers.length == 200", timeout=120_000)
    campaign.expect_trackings(*[("n", str(i)) for i in range(200)])


@pytest.mark.once
def test_a_value_too_long_to_be_stored_takes_nothing_else_with_it(
    campaign: Campaign, page: Page
) -> None:
    told = sentences_of(page)
    page.evaluate(f"Gleam.push(['a'], ['long', Array(1e5).join('x')], ['b'], {COUNTED})")
    page.wait_for_function("errors.length == 1")
    campaign.expect_trackings(("a", None), ("b", None))
    assert page.evaluate("errors[0].retry") is False
    assert len(told) == 1


@pytest.mark.once
def test_what_fills_a_beacon_is_split_and_called_back_once(campaign: Campaign, page: Page) -> None:
    page.evaluate(
        f"pairs = []; for (var i = 0; i < 300; i++) pairs.push(['n', i]);"
        f"for (i = 0; i < 9; i++) pairs.push(['\\u20ac', Array(9000).join('\\u0001')]);"
        f"Gleam.push(pairs, {COUNTED})"
    )
    page.wait_for_function("answers.length == 1")
    trackings = campaign.trackings()
    assert [t.value for t in trackings[:300]] == [str(i) for i in range(300)]
    assert [len(t.value or "") for t in trackings[300:]] == [8999] * 9
    assert page.evaluate("[answers.length, errors]") == [1, []]


@pytest.mark.sampled
@pytest.mark.parametrize("storage", ["full", "forbidden", "null"])
def test_without_storage_it_works_from_memory(
    storage: str, campaign: Campaign, faults: Faults, trk_site: Site, trk_page: Page
) -> None:
    made = {
        "full": "for (var s = Array(1e5).join('x'), n = 0; s; n++) try { localStorage[n] = s }"
        " catch (error) { s = s.slice(1) }",
        "forbidden": "Object.defineProperty(window, 'localStorage',"
        " { get() { throw new DOMException('no', 'SecurityError') } })",
        "null": "Object.defineProperty(window, 'localStorage', { value: null })",
    }[storage]
    trk_page.add_init_script(made)
    trk_page.goto(shop_by(faults.url, campaign, trk_site))
    faults.next(answer(503), answer(503))
    push(trk_page)
    push(trk_page, "2")
    campaign.expect_trackings(("VIP", "1"), ("VIP", "2"))
    trk_page.wait_for_function("answers.length == 2")


@pytest.mark.once
def test_storage_that_is_cleared_in_between_loses_nothing_of_the_open_page(
    campaign: Campaign, faults: Faults, page: Page
) -> None:
    faults.always(answer(503))
    push(page)
    page.wait_for_function("Object.keys(localStorage).length == 2")
    page.evaluate("localStorage.clear()")
    faults.clear()
    push(page, "2")
    campaign.expect_trackings(("VIP", "1"), ("VIP", "2"))


@pytest.mark.sampled
@pytest.mark.parametrize("clock", ["2001-01-01T00:00:00", "2036-01-01T00:00:00"])
def test_a_clock_that_jumps_while_a_push_waits_does_not_lose_it(
    clock: str, campaign: Campaign, faults: Faults, page: Page
) -> None:
    faults.always(answer(503))
    push(page)
    page.wait_for_function("Object.keys(localStorage).length == 2")
    page.evaluate(f"Then = new Date('{clock}'); Date = function () {{ return Then }}")
    faults.clear()
    push(page, "2")
    page.wait_for_function("answers.length == 2")
    assert sorted(t.value or "" for t in campaign.trackings()) == ["1", "2"]


def test_going_online_sends_at_once_what_rests(
    campaign: Campaign, faults: Faults, page: Page
) -> None:
    faults.always(answer(503, Retry_After="3600"))
    push(page)
    page.wait_for_function("Object.keys(localStorage).length == 2")
    page.context.set_offline(True)
    push(page, "offline")
    faults.clear()
    page.context.set_offline(False)
    page.wait_for_function("answers.length == 2")
    campaign.expect_trackings(("VIP", "1"), ("VIP", "offline"))
