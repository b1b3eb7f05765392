"""The owner's tracking log: outcomes and reasons in words, and names that no action has."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, form_at, saved
from tests.backend.calls import action, call, entered
from tests.backend.stored import visitor
from trk.core.rejection import RejectionReason
from trk.web.admin.log import REASONS

pytestmark = pytest.mark.by_turns

NAME = f"{HOSTILE}&a=b"
"""As a tracking name it stands in a link too."""


async def push(api: httpx.AsyncClient, number: int, by: int, *pairs: list[str | None]) -> None:
    body = call(number, *pairs, visitor=visitor(by))
    answer = await api.post("/campaigns/y2sB7/beacons", json=body)
    assert answer.status_code in (200, 403), answer.text


def rows(page: str) -> int:
    return page.count('data-label="Received"')


async def test_trackings_are_told_in_words_and_filtered(
    app: Starlette, api: httpx.AsyncClient, owner: httpx.AsyncClient
) -> None:
    assert "Nothing reported yet" in (await owner.get("/log")).text
    await action(api, unique_value=True)
    for number in (1, 2):
        await entered(app, number)
    await push(api, 1, 1, ["Purchase", "A1"])
    await push(api, 2, 2, ["Purchase", "A1"])
    await push(api, 3, 1, ["Purchas", "A2"])
    page = (await owner.get("/log")).text
    assert rows(page) == 3
    said = "Completed an action", "No action has this name", "Another entrant has used this value"
    for words in said:
        assert words in page
    assert "Recent refusals" in page
    for query, found in {
        "outcome=unlocked": 1,
        "outcome=refused": 1,
        "refusal=value_used": 1,
        "refusal=unsigned": 0,
        "search=purchas": 3,
        "search=A2": 1,
        "outcome=x&refusal=x&search=%00&after=-1": 3,
    }.items():
        answer = await owner.get(f"/log?{query}")
        assert answer.status_code == 200
        assert rows(answer.text) == found, query


async def test_a_name_without_an_action_comes_with_the_one_meant_and_becomes_an_action(
    api: httpx.AsyncClient, owner: httpx.AsyncClient
) -> None:
    await action(api)
    await push(api, 1, 1, ["Purchas"], [NAME, HOSTILE])
    page = (await owner.get("/log")).text
    assert "Did you mean <code>Purchase</code>?" in page
    assert page.count("&lt;script&gt;alert") >= 3
    assert "<script>alert" not in page
    assert "<img" not in page
    links = re.findall(r'href="([^"]*/actions/new\?[^"]*)"', page)
    assert len(links) == 2
    for link in links:
        path = unescape(link).removeprefix(owner.base_url.path.rstrip("/"))
        form = await form_at(owner, path)
        assert form["title"] == form["tracking_name"]
        assert form["tracking_name"] in ("Purchas", NAME)
        saved(await owner.post("/actions/new", data=form))
    assert "Names that match no action" not in (await owner.get("/log")).text


def test_every_reason_that_the_log_can_have_is_told_in_words() -> None:
    """Those that refuse a whole beacon or store nothing, or that storage gives, are never in it."""
    whole = {"not_json", "bad_beacon", "too_large", "wrong_type", "wrong_method", "id_reused"}
    whole |= {"unknown_campaign", "campaign_draft", "busy", "slow_body", "storage"}
    whole |= {"wrong_database", "bad_pair"}
    assert set(REASONS) == {reason.code for reason in RejectionReason} - whole
