"""Instants that are far away: what nobody can mean is refused, and what is stored already is
shown."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import mistakes, signed_in
from tests.backend.calls import competition, end, mistake, prize
from tests.backend.conftest import PUBLIC_URL, beacon, client_of
from tests.backend.drawing import ONE
from tests.backend.stored import query, query_write, visitor
from trk.core.keys import token_hash
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

FAR = [
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999-14:00",
    "9999-12-31T09:59:59+00:00",
    "2500-01-01T00:00:00Z",
    "1970-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00",
]
MOST = 253_402_351_199_999
"""The last of these, in ms."""


async def drawn(app: Starlette, api: httpx.AsyncClient, timezone: str = "UTC") -> None:
    await competition(app, api, 2)
    await prize(api, "Bike", 1)
    assert (await api.patch(ONE, json={"timezone": timezone})).is_success
    await end(app)
    assert (await api.post(f"{ONE}/draw", json={})).is_success


@pytest.mark.parametrize("timezone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
async def test_a_deadline_that_nobody_can_mean_is_refused(
    app: Starlette, api: httpx.AsyncClient, timezone: str
) -> None:
    await drawn(app, api, timezone)
    for far in FAR:
        answer = await api.post(f"{ONE}/draw/tell", json={"answer_by": far})
        assert "expected a year from 1971 to 2499" in mistake(answer, 400, "invalid"), far
        answer = await api.patch(ONE, json={"starts_at": far})
        assert "expected a year from 1971 to 2499" in mistake(answer, 400, "invalid"), far
    async with signed_in(app, "y2sB7") as browser:
        page = await browser.get("/draw/mail")
        assert page.status_code == 200
        text = {"subject": "S", "body": "{link}", "do": "send"}
        for typed in ("9999-12-31T23:59", "2500-01-01T00:00", "0001-01-01T00:00", "9999-12-31"):
            refused = await browser.post("/draw/mail", data={**text, "answer_by": typed})
            assert refused.status_code == 400, typed
            assert set(mistakes(refused.text)) == {"answer_by"}
            assert f'value="{typed}"' in refused.text
    assert await query(server_of(app).database, "SELECT n FROM winners WHERE answer_by > 0") == []
    nearly = "2499-12-31T23:59:59Z"
    assert (await api.post(f"{ONE}/draw/tell", json={"answer_by": nearly})).json() == {"told": 1}


@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "Etc/GMT+12"])
async def test_what_an_older_version_took_is_shown(
    app: Starlette, api: httpx.AsyncClient, timezone: str
) -> None:
    await drawn(app, api, timezone)
    assert (await api.post(f"{ONE}/draw/announce")).is_success
    database = server_of(app).database
    async with signed_in(app, "y2sB7") as owner, client_of(app, accept="text/html") as browser:
        for instant in (MOST, MOST - 50_400_000, -62_135_647_200_000):
            await query_write(
                database,
                f"UPDATE winners SET told_at = 1, answer_by = {instant}, accepted_at = NULL, "
                f"answer_hash = '{token_hash('the link')}'",
            )
            for column in ("starts_at", "ends_at", "closed_at"):
                await query_write(database, f"UPDATE campaigns SET {column} = {instant}")
            for path in ("", "/draw", "/draw/mail", "/draw/winners.csv", "/settings", "/entries"):
                answer = await owner.get(f"{PUBLIC_URL}/admin/campaigns/y2sB7{path}")
                assert answer.status_code == 200, path
            for path in ("win", "draw", "draw.txt", "won/the%20link", "status"):
                assert (await browser.get(f"/y2sB7/{path}")).status_code == 200, path
            for path in ("", "/draw", "/draw/winners.csv", "/draw/plan", "/entrants"):
                assert (await api.get(f"{ONE}{path}")).status_code == 200, path
            pushed = beacon(["A1"], visitor=visitor(1))
            assert (await browser.post("/y2sB7/beacon", json=pushed)).status_code < 500


async def test_a_time_that_is_looked_for_may_be_any_that_there_is(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 1)
    for far in FAR:
        for name in ("from", "to"):
            for path in ("completions", "completions.csv"):
                answer = await api.get(f"{ONE}/{path}", params={name: far})
                assert answer.status_code == 200, (name, far)
    for no_year in ("253402300800", "10000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"):
        answer = await api.get(f"{ONE}/completions", params={"from": no_year})
        mistake(answer, 400, "invalid")


async def test_a_preview_of_settings_with_such_a_time_is_a_page(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 1)
    async with signed_in(app, "y2sB7") as owner:
        for far in (*FAR, "9999-12-31T23:59", "0001-01-01T00:00"):
            form = {"name": "Win", "timezone": "Pacific/Kiritimati", "ends_at": far}
            for path in ("/settings", "/preview"):
                answer = await owner.post(path, data=form)
                assert answer.status_code < 500, (path, far)
