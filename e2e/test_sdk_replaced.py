"""trk.js on a page that has replaced a built-in, one at a time, before it came or afterwards.

What is pushed is stored; or, where that cannot be, one console line says why. The page never sees
an error of ours.
"""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page

from e2e.console import UNMATCHED, sentences_of
from e2e.pages import address, page_with
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import LOOK_SECONDS, WAIT_SECONDS, Campaign

pytestmark = pytest.mark.once

_TEXT = """
    Array.prototype.concat Array.prototype.forEach Array.prototype.indexOf Array.prototype.join
    Array.prototype.map Array.prototype.push Array.prototype.slice Array.prototype.splice
    Array.prototype.some Array.prototype.filter Array.prototype.reverse Array.isArray
    Function.prototype.apply Function.prototype.bind Function.prototype.call
    Function.prototype.toString String.prototype.charAt String.prototype.indexOf
    String.prototype.match String.prototype.replace String.prototype.slice String.prototype.split
    String.prototype.substr String.prototype.substring String.prototype.trim
    String.prototype.toString RegExp.prototype.exec RegExp.prototype.test
    Number.prototype.toString Math.max Math.min Math.random Math.floor
    Object.keys Object.create Object.assign Object.defineProperty Object.prototype.hasOwnProperty
    JSON.parse JSON.stringify Date Date.now Date.prototype.valueOf
    setTimeout clearTimeout setInterval requestIdleCallback queueMicrotask
    fetch XMLHttpRequest XMLHttpRequest.prototype.open XMLHttpRequest.prototype.send
    Promise Promise.resolve Promise.prototype.then Promise.prototype.catch
    Response.prototype.text Headers.prototype.get Navigator.prototype.sendBeacon
    Crypto.prototype.getRandomValues Uint8Array MutationObserver
    addEventListener EventTarget.prototype.addEventListener Event.prototype.composedPath
    Document.prototype.createElement Element.prototype.getAttribute
    Storage.prototype.setItem Storage.prototype.getItem Storage.prototype.key
    history.replaceState console.warn
"""
BUILT_IN = _TEXT.split()

HOW = {
    "throws": "function () { throw new Error('theirs') }",
    "gives nothing": "function () {}",
}

# A frame has built-ins of its own: one page can show them all.
FRAME = """<!doctype html><meta charset=utf-8><script>
  localStorage.clear();  // or the next frame sends what this one could not
  lines = []; errors = [];
  console.warn = function (prefix, text) {{ lines[lines.length] = prefix + ' ' + text }};
  function note(error) {{ errors[errors.length] = '' + (error.reason || error) }}
  onerror = note;
  onunhandledrejection = note;
  {before}
  Gleam = [];
  try {{ Gleam.push(['early {name}']) }} catch (theirs) {{}}
  queued = Gleam.length;
</script><script src="{script}"></script><script>
  {afterwards}
  try {{ Gleam.push(['late {name}', 1], ['second {name}', 2]) }} catch (error) {{ note(error) }}
</script>"""


@pytest.mark.parametrize("when", ["before", "afterwards"])
@pytest.mark.parametrize("how", HOW.values(), ids=HOW.keys())
def test_with_a_built_in_replaced_it_is_stored_or_told_in_a_line_and_never_an_error(
    how: str, when: str, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    for n, name in enumerate(BUILT_IN):
        change = f"try {{ {name} = {how} }} catch (sealed) {{}}"
        changes = {"before": "", "afterwards": "", when: change}
        trk_site.page(
            f"/{n}",
            FRAME.format(name=name, script=address(campaign), **changes),
        )
    trk_page.goto(trk_site.page("/", "<!doctype html><link rel=icon href=data:,>"))
    # One after the other, or the browser has too many requests at once.
    seen = trk_page.evaluate(
        """async count => {
            for (let n = 0; n < count; n++) await new Promise(done => {
                const frame = document.createElement('iframe');
                frame.onload = done;
                frame.src = '/' + n;
                document.body.append(frame);
            });
            return Array.from(frames).map(({ queued, errors }) => ({ queued, errors }));
        }""",
        len(BUILT_IN),
    )
    assert {BUILT_IN[n]: one["errors"] for n, one in enumerate(seen) if one["errors"]} == {}

    def is_told(frame: int) -> bool:
        lines = trk_page.evaluate("n => Array.from(frames[n].lines)", frame)
        # That no action has the name explains nothing.
        return any(line and UNMATCHED not in line for line in lines)

    pushed = [
        (n, f"{word} {name}")
        for n, (name, one) in enumerate(zip(BUILT_IN, seen, strict=True))
        for word in (("early", "late", "second") if one["queued"] else ("late", "second"))
    ]
    # No event of the page's tells the end: what is stored only the server knows, and a page whose
    # built-ins are broken can't be trusted to call back.
    until = time.monotonic() + WAIT_SECONDS
    while True:
        # What the server refuses is told when its answer comes.
        stored = {tracking.name for tracking in campaign.trackings()}
        missing = [name for n, name in pushed if name not in stored and not is_told(n)]
        if not missing:
            break
        assert time.monotonic() < until, missing
        trk_page.wait_for_timeout(LOOK_SECONDS * 1000)
    assert len(stored) > len(BUILT_IN)


def test_where_the_script_can_only_do_a_part_all_is_stored_and_the_line_names_the_reason(
    campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    before = "addEventListener = function () { throw new Error('theirs') }; Gleam = [['listen']];"
    sentences = sentences_of(trk_page)
    trk_page.goto(trk_site.page("/", page_with(address(campaign), before=before)))
    campaign.expect_trackings(("listen", None))
    assert ["Error: theirs" in sentence for sentence in sentences] == [True]
