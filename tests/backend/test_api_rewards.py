"""The API of rewards: codes, claims and mails."""

from __future__ import annotations

import threading

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import action, call, data, entered, made, mistake
from tests.backend.stored import (
    visitor,
)
from trk.core.code_list import Table, table_in
from trk.web.api import rewards


async def test_codes_are_uploaded_claimed_and_the_owner_is_warned(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api, "reward", reward_kind="codes")
    await action(api)
    answer = await api.post("/campaigns/y2sB7/codes", content="A-1\nA-2\n\nA-1\n")
    assert answer.json() == {"added": 2, "total": 2, "left": 2, "low": False}
    for number in (1, 2, 3):
        await entered(app, number)
        body = call(number, ["Purchase"], visitor=visitor(number))
        await api.post("/campaigns/y2sB7/beacons", json=body)
    stock = (await api.get("/campaigns/y2sB7/codes")).json()
    assert stock == {"total": 2, "left": 0, "low": True}
    claims = await data(api, "claims")
    assert [(row["email"], row["value"]) for row in claims] == [
        ("1@example.org", "A-1"),
        ("2@example.org", "A-2"),
    ]
    assert [row["recipient"] for row in await data(api, "mails")] == [
        "1@example.org",
        "2@example.org",
    ]
    bad = await api.post("/campaigns/y2sB7/codes", content="x" * 300)
    assert "Line 1 is" in mistake(bad, 400, "invalid")


async def test_beacons_do_not_wait_while_a_list_is_understood(
    sqlite_api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def understood(text: str) -> Table:
        threads.append(threading.current_thread())
        return table_in(text)

    monkeypatch.setattr(rewards, "table_in", understood)
    await made(sqlite_api, "reward", reward_kind="codes")
    answer = await sqlite_api.post("/campaigns/y2sB7/codes", content="A-1\nA-2")
    assert answer.json()["added"] == 2
    [thread] = threads
    assert thread is not threading.current_thread()


async def test_a_campaign_without_a_list_takes_no_codes(sqlite_api: httpx.AsyncClient) -> None:
    await made(sqlite_api, "reward", reward_kind="shared", reward_value="SAVE10")
    answer = await sqlite_api.post("/campaigns/y2sB7/codes", content="A-1")
    assert "reward_kind of campaign y2sB7 is shared" in mistake(answer, 409, "no_codes")


async def test_a_shops_export_gives_its_codes_and_a_doubtful_list_asks_for_the_column(
    sqlite_api: httpx.AsyncClient,
) -> None:
    api = sqlite_api
    await made(api, "reward", reward_kind="codes")
    shop = '"Code","Times Used In Total"\n"SPRING-7Q2X",0\n"SPRING-9A1B",0\n'
    answer = await api.post("/campaigns/y2sB7/codes?name=spring.csv", content=shop)
    assert answer.json()["added"] == 2
    doubtful = "A-1;B-1\nA-2;B-2\n"
    answer = await api.post("/campaigns/y2sB7/codes", content=doubtful)
    said = mistake(answer, 400, "invalid")
    assert said == (
        "The list has 2 columns (“Column 1”, “Column 2”); expected column=… for the one with the "
        "codes, or column=all."
    )
    answer = await api.post("/campaigns/y2sB7/codes?column=Price", content=doubtful)
    assert "column is 'Price'" in mistake(answer, 400, "invalid")
    answer = await api.post("/campaigns/y2sB7/codes?column=2", content=doubtful.encode("utf-16"))
    assert answer.json()["added"] == 2
    answer = await api.post("/campaigns/y2sB7/codes", content="КУПОН-1".encode("cp1251"))
    assert "neither UTF-8 nor Windows-1252" in mistake(answer, 400, "invalid")
    answer = await api.post("/campaigns/y2sB7/codes", content=f"A-9\n{'x' * 201}")
    assert "Line 2 is" in mistake(answer, 400, "invalid")
    typed, spring = await data(api, "codes/uploads")
    assert (typed["name"], typed["total"], typed["left"]) == ("", 2, 2)
    assert (spring["name"], spring["total"], spring["left"]) == ("spring.csv", 2, 2)
    path = f"/campaigns/y2sB7/codes/uploads/{typed['id']}"
    assert (await api.delete(path)).status_code == 204
    assert "There is no upload" in mistake(await api.delete(path), 409, "not_done")
    assert (await api.get("/campaigns/y2sB7/codes")).json()["total"] == 2


async def test_a_first_line_that_may_be_a_heading_is_asked_about(
    sqlite_api: httpx.AsyncClient,
) -> None:
    await made(sqlite_api, "reward", reward_kind="codes")
    doubtful = "Summer Sale\nSPRING-1\nSPRING-2\n"
    answer = await sqlite_api.post("/campaigns/y2sB7/codes", content=doubtful)
    said = (
        "Line 1 is 'Summer Sale', which may be a heading; expected heading=true or heading=false."
    )
    assert mistake(answer, 400, "invalid") == said
    for heading, added in (("true", 2), ("false", 1)):
        path = f"/campaigns/y2sB7/codes?heading={heading}"
        answer = await sqlite_api.post(path, content=doubtful)
        assert answer.json()["added"] == added
    answer = await sqlite_api.post("/campaigns/y2sB7/codes?heading=perhaps", content=doubtful)
    assert "heading is 'perhaps'" in mistake(answer, 400, "invalid")


async def test_a_line_that_may_be_several_codes_is_asked_about(
    sqlite_api: httpx.AsyncClient,
) -> None:
    await made(sqlite_api, "reward", reward_kind="codes")
    doubtful = "A-1 A-2\nA-3 A-4\n"
    answer = await sqlite_api.post("/campaigns/y2sB7/codes", content=doubtful)
    said = "Line 2 is 'A-3 A-4', which may be several codes; expected column=words or column=lines."
    assert mistake(answer, 400, "invalid") == said
    for column, added in (("words", 4), ("lines", 2)):
        path = f"/campaigns/y2sB7/codes?column={column}"
        assert (await sqlite_api.post(path, content=doubtful)).json()["added"] == added


async def test_a_list_comes_as_text_or_csv(sqlite_api: httpx.AsyncClient) -> None:
    await made(sqlite_api, "reward", reward_kind="codes")
    path = "/campaigns/y2sB7/codes"
    for kind, list_ in (("text/csv; charset=utf-8", "Code,Uses\nA-1,0\n"), ("text/plain", "A-2")):
        answer = await sqlite_api.post(path, content=list_, headers={"content-type": kind})
        assert answer.json()["added"] == 1
    headers = {"content-type": "application/vnd.ms-excel"}
    answer = await sqlite_api.post(path, content="A-3", headers=headers)
    assert "expected text/plain or text/csv" in mistake(answer, 415, "wrong_type")
