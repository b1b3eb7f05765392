"""Every form of every page of the owner's, each of its fields in turn empty, too long and hostile.

The pages are found by following links, so that a new page is tried as soon as there is one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.crawler import Form, crawled, forms_of
from tests.backend.admin.owning import HOSTILE, browser_of, set_up
from tests.backend.calls import competition, end, prize
from tests.backend.conftest import api_of

pytestmark = pytest.mark.once

INPUTS = {
    "empty": "",
    "of 100,000 letters": "x" * 100_000,
    "of many lines": "a\r\nb\n\n" * 500,
    "markup": HOSTILE,
    "a template": "{{ 7 * 7 }}${7 * 7}{% include 'admin/owners.html' %}",
    "a script's address": "javascript:alert(1)",
    "SQL": "' OR 1=1; DROP TABLE campaigns; --",
    "a NUL": "a\0b",
    "right to left": "\u202eרווח\u2066 رجل",
    "a huge number": "9" * 40,
    "a negative number": "-1",
    "a number of another kind": "1e3",
    "a time that is not": "2026-02-30T25:61",
    "a choice that is not": "no_such_choice",
    "no UTF-8": "\udcff\udcfe",
}
RARER = (
    *("of many lines", "SQL", "right to left", "a negative number", "a number of another kind"),
    *("a time that is not", "a choice that is not"),
)
"""What is tried by `make test-all` only: each takes all pages and all their fields."""
WHOLE = ("markup",)
"""What is always tried in every field: of the others `make test` has some in one half of them, some
in the other."""
LAST = ("delete", "remove", "draw", "sign-out", "account")
"""Forms that may take away what the others need: tried after them."""


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser: with a campaign of each kind, one of which is over and waits for its draw."""
    async with await api_of(app) as api, browser_of(app) as client:
        await set_up(app, client)
        await competition(app, api, 2)
        await prize(api, "A bike", 1)
        await end(app)
        reward = {"name": "Coupons", "key": "rew4rd", "kind": "reward", "reward_kind": "codes"}
        assert (await api.post("/campaigns", json=reward)).status_code == 201
        client.base_url = httpx.URL("http://track.test")
        yield client


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=pytest.mark.thorough if kind in RARER else ()) for kind in INPUTS],
)
async def test_no_form_breaks_or_loses_what_was_typed_or_runs_it(
    kind: str, browser: httpx.AsyncClient, pytestconfig: pytest.Config
) -> None:
    text = INPUTS[kind]
    everywhere = kind in WHOLE or pytestconfig.getoption("--everything")
    tried = slice(None) if everywhere else slice([*INPUTS].index(kind) % 2, None, 2)
    pages = await crawled(browser, "/admin/campaigns")
    forms = {form.target: (form, at) for at, page in pages.items() for form in forms_of(page)}
    assert len(forms) > 20, "the crawl found too little"
    for form, page in sorted(forms.values(), key=_comes_last):
        fresh = None
        for name in [*form.fields][tried]:
            # What was refused has changed nothing: the form is still as its page has it.
            fresh = fresh or await _again(browser, page, form)
            if fresh is None:
                assert _comes_last((form, page)), f"{form.target} has gone from {page}"
                break
            answer = await browser.post(
                form.target,
                content=urlencode({**fresh.fields, name: text}, errors="surrogateescape"),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
            told = f"{form.target}, {name}: {answer.status_code}"
            assert answer.status_code in (200, 303, 400, 409, 413), told
            # By the time of the draw, other forms have blocked everybody: then there is none.
            conflicts = name in ("version", "was") or form.target.endswith("/draw")
            assert answer.status_code != 409 or conflicts, told
            _runs_nothing(answer.text, told)
            if answer.status_code == 400 and name in form.typed:
                assert _kept(text) in unescape(answer.text).replace("\r\n", "\n"), told
            if answer.status_code != 400:
                fresh = None
    for address, page in (await crawled(browser, "/admin/campaigns")).items():
        _runs_nothing(page, address)


def _comes_last(found: tuple[Form, str]) -> bool:
    return any(word in found[0].target for word in LAST)


async def _again(browser: httpx.AsyncClient, page: str, form: Form) -> Form | None:
    """The form as its page has it now."""
    answer = await browser.get(page)
    return next((each for each in forms_of(answer.text) if each.target == form.target), None)


def _kept(text: str) -> str:
    """What of `text` a page has when the form comes back: HTML has no NUL, nor half characters."""
    sent = text.encode(errors="surrogateescape").decode(errors="replace")
    return sent.replace("\r\n", "\n").strip()


def _runs_nothing(page: str, told: str) -> None:
    for never in ("<script>alert", "<img src=x", 'href="javascript:', "49$"):
        assert never not in page, f"{told}: {never}"
