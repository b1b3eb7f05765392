"""What a page does to the global once trk.js has it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from e2e.console import mistakes_of, sentences_of
from e2e.pages import COUNT, TRIGGER, address, page_with, wait_until_loaded
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

WAYS = {
    "a new array": "window.Gleam = []; Gleam.push(['VIP', '1'], ['VIP', '2'])",
    "a new array with something in it": "Gleam = [['VIP', '1']]; Gleam.push(['VIP', '2'])",
    "a new array by var": "var Gleam = []; Gleam.push(['VIP', '1']); Gleam.push(['VIP', '2'])",
    "a new array by two names": "a = Gleam = []; a.push(['VIP', '1']); Gleam.push(['VIP', '2'])",
    "two new arrays": "a = Gleam = []; Gleam = []; Gleam.push(['VIP', '1']); a.push(['VIP', '2'])",
    "undefined, then the snippet": "Gleam = undefined; window.Gleam = window.Gleam || [];"
    "Gleam.push(['VIP', '1'], ['VIP', '2'])",
    "null, then the snippet": "window.Gleam = null; window.Gleam = window.Gleam || [];"
    "Gleam.push(['VIP', '1'], ['VIP', '2'])",
    "a thing, then an array": "Gleam = {}; Gleam = []; Gleam.push(['VIP', '1'], ['VIP', '2'])",
    "concat": "Gleam = Gleam.concat([['VIP', '1']]); Gleam.push(['VIP', '2'])",
    "apply of its push": "Gleam.push.apply(Gleam, [['VIP', '1'], ['VIP', '2']])",
    "call of its push": "Gleam.push.call(null, ['VIP', '1'], ['VIP', '2'])",
    "a spread": "Gleam.push(...[['VIP', '1'], ['VIP', '2']])",
    "apply of every array's push": "[].push.apply(Gleam, [['VIP', '1'], ['VIP', '2']])",
    "call of every array's push": "[].push.call(Gleam, ['VIP', '1'], ['VIP', '2'])",
    "an index": "Gleam[Gleam.length] = ['VIP', '1']; Gleam[Gleam.length] = ['VIP', '2']",
    "an index before a push": "Gleam[Gleam.length] = ['VIP', '1']; Gleam.push(['VIP', '2'])",
    "unshift": "Gleam.unshift(['VIP', '1'], ['VIP', '2'])",
    "splice": "Gleam.splice(0, 0, ['VIP', '1'], ['VIP', '2'])",
    "a push of the page's own": "Gleam.push = (function (push) { return function () {"
    "return push.apply(this, arguments) } })(Gleam.push); Gleam.push(['VIP', '1'], ['VIP', '2'])",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_what_reaches_the_global_in_another_way_is_stored_once(
    way: str, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    mistakes, sentences = mistakes_of(page), sentences_of(page)
    page.goto(trk_site.page("/", page_with(address(campaign))))
    page.add_script_tag(content=way)
    campaign.expect_trackings(("VIP", "1"), ("VIP", "2"))
    page.evaluate(f"Gleam.push(['VIP', '3'], {COUNT})")
    page.wait_for_function("answers.length == 1")
    campaign.expect_trackings(("VIP", "1"), ("VIP", "2"), ("VIP", "3"))
    assert mistakes == []
    assert sentences == (["trk.js: window.Gleam is taken"] if "{};" in way else [])


# The global that a page has declared by var can't tell of its new values, nor one by let.
UNHEARD = {
    "var": ("var Gleam = Gleam || [];", "Gleam = []; Gleam.push(['VIP', '1'])"),
    "let": ("", "let Gleam = []; Gleam.push(['VIP', '1'])"),
}


@pytest.mark.parametrize(("before", "way"), UNHEARD.values(), ids=UNHEARD.keys())
@pytest.mark.parametrize("when", ["load", "click", "leave", "push"])
def test_a_new_array_that_nobody_heard_of_is_found_later(
    when: str, before: str, way: str, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    mistakes = mistakes_of(page)
    early = f"<script>{way}</script>" if when == "load" else ""
    page.goto(trk_site.page("/", page_with(address(campaign), before=before, body=early)))
    expected = [("VIP", "1")]
    if when != "load":
        page.add_script_tag(content=f"kept = window.Gleam; {way}")
    if when == "click":
        page.mouse.click(9, 9)
    elif when == "leave":
        page.goto(trk_site.page("/next", ""))
    elif when == "push":
        page.evaluate("kept.push(['VIP', '2'])")
        expected.append(("VIP", "2"))
    campaign.expect_trackings(*expected)
    assert mistakes == []


@pytest.mark.parametrize(
    "theirs",
    ["{}", "{ push: function () { return 'theirs' } }", "Object.freeze([])", "'text'", "0", "null"],
)
def test_another_thing_that_becomes_the_global_is_left_alone(
    theirs: str, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    mistakes, sentences = mistakes_of(page), sentences_of(page)
    page.goto(trk_site.page("/", page_with(address(campaign))))
    page.evaluate(f"kept = Gleam; theirs = {theirs}; window.Gleam = theirs; 0")
    assert page.evaluate("window.Gleam === theirs && Gleam === theirs")
    if "theirs" in theirs:
        assert page.evaluate("Gleam.push(['VIP'])") == "theirs"
    page.evaluate("kept.push(['VIP', '1'])")
    campaign.expect_trackings(("VIP", "1"))
    told = theirs not in ("0", "null")
    assert sentences == (["trk.js: window.Gleam is taken"] if told else [])
    assert mistakes == []


@pytest.mark.parametrize("declared", ["let Gleam = [];", "function Gleam() {}", "class Gleam {}"])
def test_a_later_script_may_declare_the_name(
    declared: str, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    mistakes = mistakes_of(page)
    html = page_with(address(campaign), body=f"<script>{declared} ran = true</script>")
    page.goto(trk_site.page("/", html))
    assert page.evaluate("ran")
    assert mistakes == []


def test_a_page_that_deleted_the_global_may_load_the_script_again(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    page.goto(trk_site.page("/", page_with(address(campaign), before=TRIGGER)))
    page.evaluate(f"delete window.Gleam && !window.Gleam && (() => {{ {TRIGGER} }})()")
    page.add_script_tag(url=address(campaign))
    wait_until_loaded(page)
    page.evaluate("Gleam.push(['late'])")
    campaign.expect_trackings(("VIP", "myValue"), ("VIP", "myValue"), ("late", None))


# As zone.js does, which has Angular look through its page again after each.
HEARD = """heard = 0;
var timers = ['setTimeout', 'requestAnimationFrame', 'requestIdleCallback', 'queueMicrotask'];
function hear(of, name) {
  var real = of[name];
  if (real) of[name] = function () { heard++; return real.apply(this, arguments) };
}
timers.forEach(function (name) { hear(window, name) });
['then', 'catch', 'finally'].forEach(function (name) { hear(Promise.prototype, name) });
// How much of it a step of the page's causes, itself and right after its task.
async function heardOf(step) {
  var before = heard;
  step();
  for (var i = 0; i < 9; i++) await 0;
  return heard - before;
}"""


def test_reading_the_global_plans_nothing_that_the_page_hears_of(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    page.goto(trk_site.page("/", page_with(address(campaign), before=HEARD)))
    for _ in range(3):
        assert page.evaluate("heardOf(() => window.Gleam.length + typeof Gleam)") == 0
    assert page.evaluate("heardOf(() => { Gleam[0] = ['VIP', '1'] })") > 0
    campaign.expect_trackings(("VIP", "1"))


# As Angular does where the script came to run within its zone: each time that an observer was
# called it looks through its page again, and the page reads the global.
READS_AGAIN = """calls = records = 0;
MutationObserver = (function (Real) {
  return function (step) {
    return new Real(function (list) {
      records += list.length;
      step.apply(this, arguments);
      if (calls++ < 9999) window.Gleam && Gleam.length;
    });
  };
})(MutationObserver);"""


def test_a_page_that_reads_the_global_again_and_again_is_not_kept_busy(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    mistakes = mistakes_of(page)
    page.goto(trk_site.page("/", page_with(address(campaign), before=READS_AGAIN)))
    # The script looks twice by itself: as it starts, and a moment later, when it knows its visitor.
    page.wait_for_function("document.cookie")
    page.evaluate("for (let n = 0; n < 9999; n++) window.Gleam.length")
    assert page.evaluate("Math.max(calls, records)") < 2 * 99
    page.evaluate(f"Gleam.push(['VIP', '1'], {COUNT})")
    page.wait_for_function("answers.length == 1")
    assert page.evaluate("calls < 999 && records < 999")
    page.evaluate("Gleam[0] = ['VIP', '2']")
    page.mouse.click(9, 9)  # at the latest what was put there is taken now
    campaign.expect_trackings(("VIP", "1"), ("VIP", "2"))
    assert mistakes == []


@pytest.mark.parametrize("name", ["setTimeout", "Promise", "MutationObserver"])
@pytest.mark.parametrize("way", ["push(['VIP', '1'])", "[0] = ['VIP', '1']"])
def test_reading_the_global_never_throws(
    way: str, name: str, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    mistakes = mistakes_of(page)
    broken = f"window.{name} = function () {{ throw new Error('not here') }};"
    page.goto(trk_site.page("/", page_with(address(campaign), before=broken)))
    page.evaluate(f"Gleam{'.' if way.startswith('p') else ''}{way}; 0")
    page.goto(trk_site.page("/next", ""))  # at the latest what was put there is taken now
    campaign.expect_trackings(("VIP", "1"))
    assert mistakes == []
