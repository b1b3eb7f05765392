"""trk.js where the page, a library or a browser's setting has changed what it stands on.

In each case the push arrives, and the page never sees an error of ours.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Dialog, Page, expect

from e2e.console import mistakes_of, quiet, sentences_of
from e2e.pages import COUNT, TRIGGER, address, page_with, shop
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page on which no error goes unnoticed, and on which trk.js has nothing to complain of."""
    with quiet(page):
        yield page


LIBRARIES = {
    "enumerable additions to arrays": "Array.prototype.each = function () {};"
    "Array.prototype.last = null;",
    "enumerable additions to objects": "Object.prototype.each = function () {};"
    "Object.prototype.own = 1;",
    "toJSON of arrays and texts, as Prototype 1.6 had it": """
        Array.prototype.toJSON = function () { return '[' + this.join(', ') + ']' };
        String.prototype.toJSON = function () { return '"' + this + '"' };
        Number.prototype.toJSON = function () { return String(this) };
    """,
    "JSON.stringify that does without toJSON, and knows but one argument": """
        JSON.stringify = (function (original) {
            return function (value) {
                var toJSON = Array.prototype.toJSON;
                delete Array.prototype.toJSON;
                try { return original(value) } finally { Array.prototype.toJSON = toJSON }
            };
        })(JSON.stringify);
        Array.prototype.toJSON = function () { return '[' + this.join(', ') + ']' };
    """,
    "bind of MooTools 1.2, which takes an array of arguments": """
        Function.prototype.bind = function (self, given) {
            var fn = this;
            return function () {
                return fn.apply(self, given == null ? arguments : [].concat(given));
            };
        };
    """,
    "a setTimeout that passes on two arguments only": """
        setTimeout = (function (original) {
            return function (step, time) { return original(function () { step() }, time) };
        })(setTimeout);
    """,
    "Array.prototype frozen": "Object.freeze(Array.prototype);",
    "Object.prototype frozen": "Object.freeze(Object.prototype);",
    "push that cannot be written": "Object.defineProperty(Array.prototype, 'push',"
    "{ writable: false });",
    "names of ours on objects": "'error callback refused notes pairs state'"
    ".split(' ').map(function (name) { Object.prototype[name] = function () {} });",
    "requests with headers of the page's own, for tracing or against forgery": """
        fetch = (function (original) {
            return function (url, options) {
                var headers = { traceparent: '00-1-1-01', 'X-CSRF-Token': 'theirs' };
                return original(url, Object.assign({ headers: headers }, options));
            };
        })(fetch);
        XMLHttpRequest.prototype.send = (function (original) {
            return function (body) {
                this.setRequestHeader('Authorization', 'Bearer theirs');
                original.call(this, body);
            };
        })(XMLHttpRequest.prototype.send);
    """,
    "requests that give their answer as JSON": """
        fetch = function () { return Promise.reject(new Error('theirs')) };
        XMLHttpRequest.prototype.send = (function (original) {
            return function (body) {
                this.responseType = 'json';
                original.call(this, body);
            };
        })(XMLHttpRequest.prototype.send);
    """,
    "a fetch whose text is an object": """
        fetch = (function (original) {
            return function (url, options) {
                return original(url, options).then(function (answer) {
                    var parsed = answer.json();
                    return { headers: answer.headers, text: function () { return parsed } };
                });
            };
        })(fetch);
    """,
    "fetch that throws": "fetch = function () { throw new Error('theirs') };",
    "fetch that rejects": "fetch = function () { return Promise.reject(new Error('theirs')) };",
    "fetch that answers with nothing": "fetch = function () {};",
    "no fetch": "delete window.fetch;",
    "no Promise": "delete window.Promise;",
    "neither fetch nor Promise": "delete window.fetch; delete window.Promise;",
    "a storage that is there and cannot be read": "Object.defineProperty(window, 'localStorage',"
    "{ value: new Proxy({}, { get: function () { throw new Error('theirs') } }) });",
    "something else of the name prerendering": "Object.defineProperty(document, 'prerendering',"
    "{ value: {} });",
    "no console": "Object.defineProperty(window, 'console', { value: undefined });",
    "a console that throws": "console.warn = function () { throw new Error('theirs') };",
}


@pytest.mark.once
@pytest.mark.parametrize("change", LIBRARIES.values(), ids=LIBRARIES.keys())
def test_a_page_that_changed_what_the_script_uses_tracks(
    change: str, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    # The rubbish brings a line to the console, if there is one that works.
    rubbish = ", 5" if "console" in change else ""
    late = f"Gleam.push(['late', {{ a: 'x' }}], ['callback', done]{rubbish})"
    # All by the page itself: without its Promise, Playwright can't run anything in it.
    html = page_with(
        address(campaign),
        before=f"{change}{TRIGGER} function done() {{ document.title += ' stored' }}",
        body=f"<title>Shop</title><script>{late}</script>",
    )
    page.goto(trk_site.page("/", html))
    expect(page).to_have_title("Shop stored")
    campaign.expect_trackings(("VIP", "myValue"), ("late", '{"a":"x"}'))


@pytest.mark.sampled
@pytest.mark.parametrize(
    "change",
    [
        "Gleam = [];",
        "Object.freeze(Array.prototype); Gleam = [];",
        "Object.defineProperty(window, 'Gleam', { value: [] });",
        "(function (own) { Object.defineProperty(window, 'Gleam', { get: function () { return own }"
        " }) })([]);",
    ],
)
def test_a_module_which_is_strict_tracks_too(
    change: str, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    html = page_with(
        before=f"{change} Gleam[0] = ['VIP', 'myValue'];",
        body=f"<script type=module src={address(campaign)}></script>",
    )
    page.goto(trk_site.page("/", html))
    page.evaluate("Gleam.push(['late'])")
    campaign.expect_trackings(("VIP", "myValue"), ("late", None))


def test_where_both_ways_of_sending_fail_it_is_tried_again_soon_and_nothing_is_thrown(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    before = """
        ours = [fetch, XMLHttpRequest], tries = 0;
        fetch = function () { return Promise.reject(new TypeError('blocked')) };
        XMLHttpRequest = function () { tries++; throw new Error('theirs') };
    """
    page.goto(trk_site.page("/", page_with(address(campaign), before=before + TRIGGER)))
    page.wait_for_function("tries == 2")
    page.evaluate("fetch = ours[0]; XMLHttpRequest = ours[1]; 0")
    campaign.expect_trackings(("VIP", "myValue"))


@pytest.mark.sampled
@pytest.mark.parametrize("early", [False, True], ids=["", "the snippet was there before"])
@pytest.mark.parametrize(
    "element",
    [
        "<section id=Gleam></section>",
        "<form name=Gleam></form>",
        "<iframe name=Gleam></iframe>",
        "<iframe name=Gleam sandbox srcdoc=''></iframe>",  # of another origin
        "<i id=Gleam></i><i id=Gleam></i>",
    ],
)
def test_behind_an_element_that_has_the_globals_name_the_documents_snippet_works(
    element: str, early: bool, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    snippet = "try { Gleam = window.Gleam || []; Gleam.push(['early']) } catch (theirs) {}"
    scripts = (
        f"<script>{snippet if early else ''}</script><script src={campaign.script_url}></script>"
    )
    html = f"<!doctype html><link rel=icon href=data:,><body>{element}{scripts}"
    page.goto(trk_site.page("/", html))
    page.evaluate(f"{TRIGGER} 0")
    campaign.expect_trackings(("VIP", "myValue"))


@pytest.mark.sampled
@pytest.mark.parametrize(
    "hidden",
    ["let Gleam;", "Object.defineProperty(window, 'Gleam', { get: function () { return [] } });"],
)
def test_where_a_name_of_the_pages_hides_the_global_one_line_says_so(
    hidden: str, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    mistakes, sentences = mistakes_of(trk_page), sentences_of(trk_page)
    script = f"<script src={campaign.script_url}></script>"
    head = f"<!doctype html><link rel=icon href=data:,><script>{hidden}</script>{script}"
    trk_page.goto(trk_site.page("/", f"{head}<script>Gleam = Gleam || []; Gleam.push(['VIP'])"))
    assert sentences == ["trk.js: window.Gleam is taken"]
    assert mistakes == []


def test_a_page_with_as_many_cookies_as_a_browser_keeps_loses_none(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    many = "for (var i = 0; i < 180; i++) document.cookie = 'theirs' + i + '=1';"
    html = page_with(address(campaign), before=f"{many} kept = document.cookie; {TRIGGER}")
    page.goto(trk_site.page("/", html))
    first = campaign.expect_trackings(("VIP", "myValue"))[0]
    assert page.evaluate("document.cookie == kept")
    page.reload()
    assert [t.visitor for t in campaign.expect_trackings(*[("VIP", "myValue")] * 2)] == [
        first.visitor
    ] * 2


def test_a_page_that_puts_a_question_before_it_is_left_tracks(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    asking = "addEventListener('beforeunload', function (event) { event.preventDefault() });"
    before = f"answers = []; {TRIGGER} {asking}"
    trk_site.page("/end", "<title>End</title>")
    link = "<a href=/end onclick=\"Gleam.push(['leaving'])\">End</a><button>Stay</button>"
    page.goto(trk_site.page("/", shop(campaign, before=before, body=link)))
    asked: list[str] = []

    def stay_then_go(dialog: Dialog) -> None:
        asked.append(dialog.type)
        (dialog.dismiss if len(asked) == 1 else dialog.accept)()

    page.on("dialog", stay_then_go)
    page.wait_for_function("!!Gleam.trk")
    page.get_by_role("button").click()
    page.get_by_role("link").click(no_wait_after=True)
    campaign.expect_trackings(("VIP", "myValue"), ("leaving", None))
    page.evaluate(f"Gleam.push(['stayed'], {COUNT})")
    page.wait_for_function("answers.length == 1")
    page.get_by_role("link").click(no_wait_after=True)
    page.wait_for_url("**/end")
    expected = ("VIP", "myValue"), ("leaving", None), ("stayed", None), ("leaving", None)
    campaign.expect_trackings(*expected)
    assert asked == ["beforeunload", "beforeunload"]


def test_a_router_that_wraps_the_history_keeps_its_state_and_its_pages_track(
    campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    mistakes, page = mistakes_of(trk_page), trk_page
    router = """
        answers = []; seen = [];
        ['pushState', 'replaceState'].forEach(function (name) {
            var original = history[name];
            history[name] = function (state, title, url) {
                seen.push([name, state && state.route, url]);
                return original.call(this, state, title, url);
            };
        });
        history.replaceState({ route: 1 }, '');
    """
    trk_site.page("/", page_with(address(campaign), before=router))
    page.goto(f"{trk_site.url}/?a=1&xref={32 * 'x'}&b=2#part")
    assert page.url == f"{trk_site.url}/?a=1&b=2#part"
    assert page.evaluate("seen.map(call => call.slice(0, 2))") == [["replaceState", 1]] * 2
    page.evaluate("history.pushState({ route: 2 }, '', '/second'); Gleam.push(['second'])")
    page.evaluate(f"history.back(); Gleam.push(['first again'], {COUNT})")
    page.wait_for_function("answers.length == 1 && history.state.route == 1")
    campaign.expect_trackings(("second", None), ("first again", None))
    assert page.url == f"{trk_site.url}/?a=1&b=2#part"
    assert len(page.evaluate("seen")) == 3
    assert mistakes == []
