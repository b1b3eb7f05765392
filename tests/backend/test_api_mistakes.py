"""Mistakes in a call of the API: each told in the one shape, with what was expected."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.backend.calls import ACTION, CAMPAIGN, mistake

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": None}, "Expected `str`, got `null` - at `$.name`"),
        ({"name": ""}, "name is ''; expected 1 to 200 characters"),
        ({"name": "   "}, "expected 1 to 200 characters"),
        ({"name": "x" * 201}, "expected 1 to 200 characters"),
        ({"key": "y2"}, "key is 'y2'; expected 5 to 40 of A-Z, a-z, 0-9"),
        ({"key": "healthz"}, "not a reserved word"),
        ({"key": "../../etc"}, "expected 5 to 40"),
        ({"kind": "raffle"}, "Invalid enum value 'raffle' - at `$.kind`"),
        ({"timezone": "Berlin"}, "timezone is 'Berlin'; expected a name such as Europe/Berlin"),
        ({"timezone": "../etc/passwd"}, "expected a name such as"),
        ({"timezone": ""}, "expected a name such as"),
        ({"starts_at": "soon"}, "`$.starts_at`"),
        ({"starts_at": "2026-01-01T00:00:00"}, "starts_at is 2026-01-01T00:00:00; expected a UTC"),
        ({"ends_at": "0001-01-01T00:00:00+14:00"}, "expected a year from 1971 to 2499"),
        ({"ends_at": "9999-12-31T23:59:59Z"}, "expected a year from 1971 to 2499"),
        (
            {"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
            "ends_at is not after starts_at",
        ),
        ({"secret": "x"}, "unknown field `secret`"),
    ],
)
async def test_a_wrong_campaign_is_refused_with_the_field_its_value_and_what_was_expected(
    sqlite_api: httpx.AsyncClient, change: dict[str, Any], said: str
) -> None:
    answer = await sqlite_api.post("/campaigns", content=json.dumps({**CAMPAIGN, **change}))
    assert said in mistake(answer, 400, "invalid")
    assert (await sqlite_api.get("/campaigns")).json()["data"] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": ""}, "title is ''; expected 1 to 200 characters"),
        ({"tracking_name": "x" * 201}, "expected 1 to 200 characters"),
        ({"worth": -1}, "worth is -1; expected 0 to 1000000 entries"),
        ({"worth": 10**30}, "expected 0 to 1000000 entries"),
        ({"worth": 1.5}, "Expected `int`, got `float` - at `$.worth`"),
        ({"frequency": "hourly"}, "Invalid enum value 'hourly' - at `$.frequency`"),
        ({"url": "javascript:alert(1)"}, "expected an http or https address"),
        ({"url": "https://"}, "expected an http or https address"),
        ({"url": "https://[::1"}, "expected an http or https address"),
        ({"url": "https://shop.test:99999/"}, "expected an http or https address"),
        ({"url": "https://shop.test/" + "a" * 2000}, "expected an http or https address"),
    ],
)
async def test_a_wrong_action_is_refused_with_the_field_its_value_and_what_was_expected(
    sqlite_api: httpx.AsyncClient, change: dict[str, Any], said: str
) -> None:
    await sqlite_api.post("/campaigns", json=CAMPAIGN)
    answer = await sqlite_api.post("/campaigns/y2sB7/actions", json={**ACTION, **change})
    assert said in mistake(answer, 400, "invalid")
    assert (await sqlite_api.get("/campaigns/y2sB7/actions")).json()["data"] == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b'"Win"', b'{"name": "\\ud800"}', b"[" * 100_000],
    ids=["nothing", "half", "list", "no UTF-8", "text", "half a surrogate pair", "deep"],
)
async def test_a_body_that_is_no_campaign_is_refused(
    sqlite_api: httpx.AsyncClient, body: bytes
) -> None:
    answer = await sqlite_api.post("/campaigns", content=body)
    assert "The body is invalid" in mistake(answer, 400, "invalid")


async def test_a_body_beyond_a_megabyte_is_refused_whether_or_not_it_says_its_length(
    sqlite_api: httpx.AsyncClient,
) -> None:
    async def endless() -> Any:
        for _ in range(3):
            yield b" " * 500_000

    for content in (b" " * 1_500_000, endless()):
        answer = await sqlite_api.post("/campaigns", content=content)
        assert "over 1048576 bytes" in mistake(answer, 413, "too_large")


async def test_a_taken_key_and_a_taken_tracking_name_are_conflicts(api: httpx.AsyncClient) -> None:
    await api.post("/campaigns", json=CAMPAIGN)
    answer = await api.post("/campaigns", json=CAMPAIGN)
    assert "key is 'y2sB7', which is taken" in mistake(answer, 409, "taken")
    await api.post("/campaigns/y2sB7/actions", json=ACTION)
    answer = await api.post("/campaigns/y2sB7/actions", json={**ACTION, "tracking_name": "vip"})
    assert "tracking_name is 'vip', which is taken" in mistake(answer, 409, "taken")


@pytest.mark.parametrize("key", ["nosuch", "y2", "%ff", "a'b", "x" * 3000])
@pytest.mark.parametrize("below", ["", "/actions", "/actions/1", "/trackings", "/completions"])
async def test_an_unknown_campaign_is_not_found(
    api: httpx.AsyncClient, key: str, below: str
) -> None:
    answer = await api.get(f"/campaigns/{key}{below}")
    assert "There is no campaign with the key" in mistake(answer, 404, "unknown_campaign")


async def test_an_unknown_action_path_or_method_is_told_in_the_same_shape(
    api: httpx.AsyncClient,
) -> None:
    await api.post("/campaigns", json=CAMPAIGN)
    mistake(await api.get("/campaigns/y2sB7/actions/0"), 404, "not_found")
    mistake(await api.get("/campaigns/y2sB7/actions/%00"), 404, "not_found")
    mistake(await api.get("/nothing"), 404, "not_found")
    answer = await api.put("/campaigns/y2sB7", json=CAMPAIGN)
    mistake(answer, 405, "wrong_method")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"limit": "0"}, "limit is '0'; expected `int` >= 1"),
        ({"limit": "1001"}, "expected `int` <= 1000"),
        ({"limit": "-1"}, "expected `int` >= 1"),
        ({"limit": "²"}, "limit is '²'; expected `int`"),
        ({"limit": ""}, "limit is ''; expected `int`"),
        ({"cursor": "x"}, "cursor is 'x'; expected `str` matching regex"),
        ({"cursor": "9" * 5000}, "expected `str` matching regex"),
        ({"visitor": "\0"}, "'visitor' is '\\x00'; expected text without NUL"),
        ({"name": "\0"}, "expected text without NUL"),
        ({"acton": "1"}, "unknown field `acton`"),
        ({"outcome": "won"}, "outcome is 'won'; invalid enum value"),
        ({"from": "yesterday"}, "from is 'yesterday'; invalid RFC3339"),
        ({"from": "2026-11-25T10:00:00"}, "from is '2026-11-25T10:00:00'; expected"),
        ({"action": "9" * 30}, "action is '999"),
    ],
)
async def test_a_wrong_question_to_a_list_is_refused(
    api: httpx.AsyncClient, query: dict[str, str], said: str
) -> None:
    await api.post("/campaigns", json=CAMPAIGN)
    answer = await api.get("/campaigns/y2sB7/trackings", params=query)
    assert said in mistake(answer, 400, "invalid")
