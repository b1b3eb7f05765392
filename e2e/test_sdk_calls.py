"""What one call of push is: its pairs, its functions, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Request

from e2e.console import mistakes_of, sentences_of
from e2e.pages import address, page_with
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

# What a call means hangs on no browser, and the vectors show the calls in all of them.
pytestmark = pytest.mark.once

BEGIN = (
    "called = []; function up() { throw Error('theirs') };"
    "function F(name) { return function () { called.push(name) } }; Gleam = [];"
)
THROWS = "var thrower = ['a']; Object.defineProperty(thrower, 1, { get: up, enumerable: true });"
REVOKED = "var r = Proxy.revocable([], {}); r.revoke();"
OVER = "Gleam.push(['last'], ['callback', function () { setTimeout(function () { over = 1 }) }]);"


@pytest.fixture(params=["before", "after"])
def run(request: pytest.FixtureRequest, page: Page, trk_site: Site) -> Any:
    """Runs calls on a page before or after trk.js has come, until a last push is acknowledged."""

    def run(campaign: Campaign, calls: str) -> Page:
        early = calls if request.param == "before" else ""
        late = calls if request.param == "after" else ""
        html = page_with(address(campaign), before=BEGIN + early, body=f"<script>{late}</script>")
        page.goto(trk_site.page("/", html))
        page.wait_for_function("!!Gleam.trk")
        page.evaluate(OVER)
        page.wait_for_function("window.over")
        return page

    return run


@pytest.mark.parametrize("rubbish", ["", "null, ", "undefined, 0, "])
def test_functions_hear_of_the_call_they_came_with_only(
    rubbish: str, run: Any, campaign: Campaign, page: Page
) -> None:
    sentences = sentences_of(page)
    run(
        campaign,
        f"Gleam.push({rubbish}['good', '1'], ['callback', F('F1')], ['error', F('E1')]);"
        "Gleam.push(['bad', Array(20000).join('x')], ['callback', F('F2')], ['error', F('E2')]);"
        "Gleam.push(['callback', F('alone')]);"
        "Gleam.push(['fine', '2'], ['callback', F('F3')], ['error', F('E3')]);",
    )
    campaign.expect_trackings(("good", "1"), ("fine", "2"), ("last", None))
    assert sorted(page.evaluate("called")) == ["E2", "F1", "F3", "alone"]
    assert [sentence for sentence in sentences if "bad" in sentence] != []


def test_what_cannot_be_a_signature_is_left_out_with_a_line_and_the_pair_is_kept(
    run: Any, campaign: Campaign, page: Page
) -> None:
    sentences = sentences_of(page)
    run(
        campaign,
        "var cyclic = {}; cyclic.o = cyclic;"
        "Gleam.push(['cart', '1', { items: [1, 2, 3] }], ['long', '2', Array(300).join('x')],"
        "['number', '3', 4], ['cyclic', '4', cyclic], ['big', '5', window.BigInt && BigInt(1)],"
        "['next', '6']);",
    )
    named = ("cart", "1"), ("long", "2"), ("number", "3"), ("cyclic", "4"), ("big", "5")
    campaign.expect_trackings(*named, ("next", "6"), ("last", None))
    assert len([s for s in sentences if "expected a string signature" in s]) == 5


@pytest.mark.parametrize(
    ("call", "stored"),
    [
        ("var a = [['ok', '1']]; a.push(a); Gleam.push(a)", [("ok", "1")]),
        ("var o = {}; o.o = o; Gleam.push(['a', o], ['ok', '1'])", [("ok", "1")]),
        ("for (var a = ['x'], i = 30000; i--;) a = [a]; Gleam.push(a, ['ok', '1'])", [("ok", "1")]),
        ("Gleam.push(['ok', function () { return 1 }], ['ok', '1'])", [("ok", "1")]),
        ("Gleam.push(['Callback', function () {}], ['ok', '1'])", [("ok", "1")]),
        ("Gleam.push(['a', window.Symbol ? Symbol('s') : {}.x.x], ['ok', '1'])", [("ok", "1")]),
        ("Gleam.push([Array(202).join('n'), '1'], ['ok', '1'])", [("ok", "1")]),
        ("Gleam.push(['   ', '1'], ['ok', '1'])", [("ok", "1")]),
        (f"{THROWS} Gleam.push(thrower); Gleam.push(['ok', '1'])", [("ok", "1")]),
        (f"{THROWS} Gleam.push([['ok', '1'], thrower])", [("ok", "1")]),
        ("Gleam.push(new Proxy(['a'], { get: up })); Gleam.push(['ok', '1'])", [("ok", "1")]),
        (f"{REVOKED} Gleam.push(r.proxy); Gleam.push(['ok', '1'])", [("ok", "1")]),
        (f"{REVOKED} Gleam.push([r.proxy]); Gleam.push(['ok', '1'])", [("ok", "1")]),
    ],
)
def test_what_cannot_be_stored_is_told_in_one_line_and_takes_nothing_with_it(
    call: str, stored: list[tuple[str, str]], run: Any, campaign: Campaign, page: Page
) -> None:
    mistakes, sentences = mistakes_of(page), sentences_of(page)
    run(campaign, call)
    campaign.expect_trackings(*stored, ("last", None))
    assert mistakes == []
    assert len(sentences) == 1, sentences


def test_what_was_pushed_is_what_it_was_at_that_moment(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    page.goto(trk_site.page("/", page_with(address(campaign))))
    page.evaluate("var a = ['VIP', { n: 1 }]; Gleam.push(a); a[1].n = 2; a[0] = 'other'; 0")
    campaign.expect_trackings(("VIP", '{"n":1}'))


def test_push_returns_a_number_as_the_array_s_own_does(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    page.goto(trk_site.page("/", page_with(address(campaign))))
    assert page.evaluate("[Gleam.push(['a']), Gleam.push(['b'], ['c'])]") == [1, 2]


def test_the_calls_of_one_task_share_beacons(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    requests: list[Request] = []
    page.on("request", lambda asked: requests.append(asked) if "/beacon" in asked.url else None)
    page.goto(trk_site.page("/", page_with(address(campaign))))
    page.evaluate(
        "for (var i = 0; i < 5000; i++) Gleam.push(['n', i], ['callback', function (told) {"
        " answers.push(told) }]); 0"
    )
    page.wait_for_function("answers.length == 5000", timeout=60_000)
    assert len(requests) <= 60
    assert [t.value for t in campaign.trackings()] == [str(i) for i in range(5000)]


def test_each_push_is_in_the_outbox_before_push_returns(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    page.goto(trk_site.page("/", page_with(address(campaign))))
    kept = page.evaluate(
        "['one', 'two', 'three'].map(name => { Gleam.push([name]);"
        " return Object.keys(localStorage).filter(key => /beacon$/.test(key))"
        ".map(key => localStorage[key]).join('') })"
    )
    assert ['["one",null]' in text for text in kept] == [True] * 3
    assert ['["three",null]' in text for text in kept] == [False, False, True]


def test_a_name_that_no_action_has_is_told_once_a_page_without_debug(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("Purchase")
    sentences: list[str] = []
    page.on("console", lambda message: sentences.append(message.text))
    page.goto(trk_site.page("/", page_with(address(campaign), before=BEGIN)))
    page.evaluate("Gleam.push(['Purchse', 'x'], ['Purchase', 'y'])")
    page.wait_for_function("!Object.keys(localStorage).some(key => /beacon$/.test(key))")
    page.evaluate("Gleam.push(['Purchse', 'z'])")
    page.evaluate(OVER.replace("last", "Purchase"))
    page.wait_for_function("window.over")
    assert len(sentences) == 1
    assert campaign.key in sentences[0]
    assert '"Purchse"' in sentences[0]


def test_a_value_whose_json_is_nothing_is_no_value_and_takes_nothing_with_it(
    run: Any, campaign: Campaign
) -> None:
    run(campaign, "Gleam.push(['a', { toJSON: function () {} }], ['ok', '1'])")
    campaign.expect_trackings(("a", None), ("ok", "1"), ("last", None))


@pytest.mark.parametrize("address_", ["?xref=" + 300 * "x", "?xref=" + 9000 * "x"])
def test_a_token_that_can_be_none_takes_nothing_with_it(
    address_: str, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    before = f"{BEGIN} Gleam.push(['VIP', '1'])"
    url = trk_site.page("/", page_with(address(campaign), before=before))
    page.goto(url + address_)
    campaign.expect_trackings(("VIP", "1"))


def test_debug_takes_no_push_away(campaign: Campaign, trk_site: Site, page: Page) -> None:
    page.goto(trk_site.page("/", page_with(address(campaign))) + "?gleam_debug=1")
    told = sentences_of(page)
    page.evaluate("Gleam.push(['order', BigInt(10)], ['ok', '1'])")
    campaign.expect_trackings(("order", "10"), ("ok", "1"))
    assert [line for line in told if "Error" in line] == []
    assert "trk.js: pushed order,10,ok,1" in told


@pytest.mark.parametrize(
    ("change", "stored"),
    [
        (
            "Gleam.push(['outer', { toJSON: function () { Gleam.push(['inner']); return 1 } }],"
            " ['second', '2'], ['callback', F('told')])",
            [("inner", None), ("outer", "1"), ("second", "2")],
        ),
        (
            "console.warn = function () { Gleam.push(['warned']) };"
            "Gleam.push(5, ['a', '1'], ['callback', F('told')])",
            [("warned", None), ("a", "1")],
        ),
    ],
)
def test_a_push_while_another_is_read_takes_nothing_with_it(
    change: str,
    stored: list[tuple[str, str | None]],
    trk_campaign: CampaignFactory,
    trk_site: Site,
    page: Page,
) -> None:
    campaign = trk_campaign("inner", "outer", "second", "warned", "a")
    page.goto(trk_site.page("/", page_with(address(campaign), before=BEGIN)))
    page.evaluate(f"{change}; 0")
    page.wait_for_function("called.length == 1")
    campaign.expect_trackings(*stored)


def test_a_clock_that_stands_still_in_the_far_future_gives_no_id_twice(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    before = "then = new Date(2529e9); Date = function () { return then };"
    page.goto(trk_site.page("/", page_with(address(campaign), before=before)))
    page.evaluate(
        "(async () => { for (var i = 0; i < 3; i++) { Gleam.push(['n', i]); await 0 } })()"
    )
    campaign.expect_trackings(("n", "0"), ("n", "1"), ("n", "2"))


def test_before_loading_a_list_with_its_functions_is_a_call_of_its_own(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    queue = (
        "Gleam.push([['good', '1'], ['callback', F('F1')]]);"
        "Gleam.push(['bad', Array(20000).join('x')], ['callback', F('F2')], ['error', F('E2')]);"
    )
    page.goto(trk_site.page("/", page_with(address(campaign), before=BEGIN + queue)))
    page.wait_for_function("called.length == 2")
    campaign.expect_trackings(("good", "1"))
    assert sorted(page.evaluate("called")) == ["E2", "F1"]
