"""The API's lists and exports over HTTP, corrections of many, and every mistake in one shape."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import action, call, data, entered, made, mistake
from tests.backend.conftest import client_of
from tests.backend.stored import query_write, visitor
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def unlocked(app: Starlette, api: httpx.AsyncClient, *values: str) -> None:
    """A campaign in which an entrant for each value did the action with it."""
    await made(api)
    await action(api, worth=5)
    for n, value in enumerate(values, start=1):
        await entered(app, n)
        body = call(n, ["Purchase", value], visitor=visitor(n))
        assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200


async def test_a_list_is_filtered_searched_and_read_to_its_end_by_its_cursor(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await unlocked(app, api, "a-1", "a-2", "b-3", "a-4")
    found: list[str] = []
    query = {"search": "a-", "order": "newest", "limit": "2", "source": "api", "state": "valid"}
    while True:
        page = (await api.get("/campaigns/y2sB7/completions", params=query)).json()
        found += [row["details"] for row in page["data"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == ["a-4", "a-2", "a-1"]
    today = datetime.now(UTC).date().isoformat()
    for time, count in (({"from": f"{today}T00:00:00Z"}, 4), ({"to": "2026-01-01T00:00:00Z"}, 0)):
        page = (await api.get("/campaigns/y2sB7/completions", params=time)).json()
        assert len(page["data"]) == count
    assert len(await data(api, "trackings?search=b-")) == 1
    assert len(await data(api, "entrants?search=3@example.org")) == 1
    assert await data(api, "entrants?state=blocked") == []
    assert await data(api, "mails?state=sent") == []
    [counted] = await data(api, "days?days=2")
    assert (counted["day"] >= "2026", counted["count"]) == (True, 4)
    [one] = await data(api, "days?of=entrants&last=2026-09-21&days=1")
    assert one == {"day": "2026-09-21", "action_id": None, "count": 4}
    assert await data(api, "days?last=9999-12-31") == []


async def test_refusals_are_listed_and_counted(app: Starlette, api: httpx.AsyncClient) -> None:
    await made(api)
    await action(api, signed=True)
    async with client_of(app) as shop:
        beacon = {**call(1, ["Purchase"]), "visitor": visitor(1), "xref": "nobody's"}
        assert (await shop.post("/y2sB7/beacon", json=beacon)).status_code == 200
    [token] = await data(api, "refusals?code=xref_unknown")
    assert (token["code"], token["visitor"]) == ("xref_unknown", visitor(1))
    counted = {row["code"]: row["refusals"] for row in await data(api, "refusals/reasons")}
    assert counted == {"unsigned": 1, "xref_unknown": 1}


async def test_many_completions_are_invalidated_and_restored_at_once_with_one_reason(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await unlocked(app, api, "1", "2", "3")
    ids = [row["id"] for row in await data(api, "completions")]
    path = "/campaigns/y2sB7/completions"
    body: dict[str, Any] = {"ids": [*ids[:2], ids[0], 999_999], "reason": "copied"}
    answer = await api.post(f"{path}/invalidate", json=body)
    assert answer.json() == {"changed": ids[:2]}
    assert [row["entries"] for row in await data(api, "entrants")] == [0, 0, 5]
    assert (await api.post(f"{path}/invalidate", json=body)).json() == {"changed": []}
    back = await api.post(f"{path}/restore", json={"ids": ids, "reason": "a mistake"})
    assert back.json() == {"changed": ids[:2]}
    log = [(row["kind"], row["reason"]) for row in await data(api, "corrections")]
    assert log == [("invalidated", "copied")] * 2 + [("restored", "a mistake")] * 2
    for wrong in ({**body, "ids": []}, {**body, "reason": " "}, {"ids": ids}, {**body, "ids": [0]}):
        mistake(await api.post(f"{path}/invalidate", json=wrong), 400, "invalid")


async def test_of_many_that_can_not_all_be_restored_none_is(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api, unique_value=True)
    for n, value in ((1, "x"), (2, "y"), (3, "x")):
        await entered(app, n)
        if n == 3:
            ids = [row["id"] for row in await data(api, "completions")]
            body = {"ids": ids, "reason": "copied"}
            await api.post("/campaigns/y2sB7/completions/invalidate", json=body)
        beacon = call(n, ["Purchase", value], visitor=visitor(n))
        assert (await api.post("/campaigns/y2sB7/beacons", json=beacon)).status_code == 200
    answer = await api.post("/campaigns/y2sB7/completions/restore", json=body)
    assert "has since unlocked the action again" in mistake(answer, 409, "value_used")
    assert len(await data(api, "completions?state=invalidated")) == 2


async def test_an_export_has_every_row_and_no_formula(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trk.web.api.exports.PAGE", 2)
    values = ['=HYPERLINK("http://evil.test")', "+1", "-1", "@SUM(1)", "\tx", "\rx", "plain, Möbel"]
    await unlocked(app, api, *values)
    answer = await api.get("/campaigns/y2sB7/completions.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["x-total-count"] == str(len(values))
    assert 'filename="completions-y2sB7.csv"' in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbfid,")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["details"] for row in rows] == [f"'{value}" for value in values[:-1]] + values[-1:]
    assert rows[0]["email"] == "1@example.org"
    assert rows[0]["worth"] == "5"
    entrants = (await api.get("/campaigns/y2sB7/entrants.csv")).content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(entrants)))) == len(values) + 1
    log = await api.get("/campaigns/y2sB7/trackings.csv", params={"to": "2026-01-01T00:00:00Z"})
    assert (log.headers["x-total-count"], log.text.count("\n")) == ("0", 1)
    some = await api.get("/campaigns/y2sB7/completions.csv", params={"search": "plain"})
    assert ("x-total-count" in some.headers, some.text.count("\n")) == (False, 2)
    head = await api.head("/campaigns/y2sB7/completions.csv")
    assert (head.headers["x-total-count"], head.content) == (str(len(values)), b"")


async def test_an_export_is_sent_in_pieces_of_a_page(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trk.web.api.exports.PAGE", 2)
    await unlocked(app, api, "1", "2", "3", "4", "5")
    # The client of these tests collects an answer before it gives it on; the server does not.
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return await asyncio.get_running_loop().create_future()

    token = api.headers["authorization"].encode()
    scope = {
        **{"type": "http", "method": "GET", "query_string": b"", "http_version": "1.1"},
        **{"path": "/api/v1/campaigns/y2sB7/trackings.csv", "root_path": ""},
        **{"headers": [(b"authorization", token)], "scheme": "http", "server": ("track.test", 80)},
    }
    await app(scope, receive, send)
    pieces = [message.get("body", b"") for message in sent[1:]]
    assert [piece.count(b"\n") for piece in pieces] == [1, 2, 2, 1, 0]


@pytest.mark.parametrize("accept", ["application/json", "text/html,*/*;q=0.8"])
async def test_every_mistake_has_one_shape_whatever_is_asked_for(
    app: Starlette, api: httpx.AsyncClient, accept: str
) -> None:
    await made(api)
    api.headers["accept"] = accept
    mistake(await api.get("/nothing"), 404, "not_found")
    mistake(await api.get("/campaigns/y2sB7/nothing"), 404, "not_found")
    wrong = await api.put("/campaigns")
    mistake(wrong, 405, "wrong_method")
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    for content_type in ("text/xml", "application/x-www-form-urlencoded"):
        headers = {"content-type": content_type}
        answer = await api.post("/campaigns", content="{}", headers=headers)
        assert f"is '{content_type}'; expected application/json" in mistake(
            answer, 415, "wrong_type"
        )
    answer = await api.post("/campaigns/y2sB7/codes", content=b"\x81")
    mistake(answer, 400, "invalid")
    mistake(await api.post("/campaigns", content=b" " * 1_500_000), 413, "too_large")
    await query_write(server_of(app).database, "ALTER TABLE campaigns RENAME TO gone")
    gone = await api.get("/campaigns")
    mistake(gone, 503, "storage")
    assert gone.headers["retry-after"] == "2"
