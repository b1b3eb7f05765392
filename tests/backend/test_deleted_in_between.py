"""A campaign that is deleted while a request about it is being answered, before any of its reads
and changes: it is gone, and that is no fault of the server's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial, reduce
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import signed_in
from tests.backend.at_once import Stopping
from tests.backend.calls import competition, end, prize
from tests.backend.malformed import Headers, ask
from tests.backend.stored import campaign_in, enter, query, query_write
from trk.core.access import ALL
from trk.core.campaign import Campaign
from trk.core.drafts import CampaignDraft
from trk.services.campaigns import delete_campaign, make_campaign
from trk.services.draws import draw
from trk.services.people import erase, export
from trk.services.tokens import make_token
from trk.store import ends
from trk.store.database import Database
from trk.store.missed_rewards import giving
from trk.store.program import Program, Transaction
from trk.web.server import server_of

pytestmark = pytest.mark.once

API, OWNER = "/api/v1/campaigns/y2sB7", "/admin/campaigns/y2sB7"
FORM = {"to": "up", "sure": "on", "kind": "chosen", "n": "0", "reason-0": "r", "announce": "on"}
OPEN = (
    *(("POST", f"{API}/copy"), ("GET", f"{API}/draw/plan"), ("PUT", f"{API}/draw/plan")),
    *(("POST", f"{OWNER}/copy"), ("GET", f"{OWNER}/draw"), ("POST", f"{OWNER}/draw/plan")),
    *(("POST", f"{OWNER}/actions/ACTION/move"), ("POST", f"{OWNER}/fields/FIELD/move")),
    *(("GET", f"{OWNER}/entrants/ENTRANT"), ("GET", f"{OWNER}/entrants/ENTRANT/erase")),
)
OVER = (("POST", f"{API}/draw"), ("POST", f"{OWNER}/draw"))
DRAWN = (
    *(("GET", f"{API}/draw/export"), ("POST", f"{OWNER}/draw/redraw")),
    *(("POST", f"{OWNER}/draw/announce"), ("GET", f"{OWNER}/draw/mail")),
)


class _Cut:
    """Does something before the n-th access to a database."""

    def __init__(self, database: Database, deed: Callable[[], Awaitable[None]], at: int) -> None:
        self._kept = database.read, database.write
        self._database, self._deed, self._left = database, deed, at
        self.done = False

    def __enter__(self) -> _Cut:
        self._database.read = self._before(self._kept[0])  # type: ignore[method-assign]
        self._database.write = self._before(self._kept[1])  # type: ignore[method-assign]
        return self

    def __exit__(self, *problem: object) -> None:
        self._database.read, self._database.write = self._kept  # type: ignore[method-assign]

    def _before(self, access: Any) -> Any:
        async def accessed(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                self.__exit__()
                await self._deed()
                self.done = True
            return await access(*args, **kwargs)

        return accessed


async def _made(app: Starlette, api: httpx.AsyncClient, state: str) -> dict[str, str]:
    """A campaign y2sB7 in this state, and the ids of what it has."""
    await api.delete("/campaigns/y2sB7")
    await competition(app, api, 2)
    await prize(api, "Bike", 1)
    field = await api.post("/campaigns/y2sB7/fields", json={"label": "Colour", "kind": "text"})
    if state != "open":
        await end(app)
    if state == "drawn":
        database = server_of(app).database
        await draw(database, await campaign_in(database))
    actions = (await api.get("/campaigns/y2sB7/actions")).json()["data"]
    entrants = (await api.get("/campaigns/y2sB7/entrants")).json()["data"]
    return {
        "ACTION": str(actions[0]["id"]),
        "FIELD": str(field.json()["id"]),
        "ENTRANT": str(entrants[0]["id"]),
    }


@pytest.fixture
async def everybody(app: Starlette) -> Headers:
    """The headers of who may do everything."""
    token = (await server_of(app).database.write(make_token, "everything", scopes=ALL)).token
    async with signed_in(app) as owner:
        session = owner.cookies["trk_owner"]
    return (
        (b"cookie", f"trk_owner={session}".encode()),
        (b"authorization", f"Bearer {token}".encode()),
    )


@pytest.mark.parametrize(
    ("state", "calls"),
    [("open", OPEN), ("over", OVER), ("drawn", DRAWN)],
    ids=lambda each: each[:4],
)
async def test_it_is_gone_before_any_access_of_a_request(
    app: Starlette,
    api: httpx.AsyncClient,
    everybody: Headers,
    state: str,
    calls: tuple[tuple[str, str], ...],
) -> None:
    database = server_of(app).database
    for method, path in calls:
        for at in range(2, 40):
            ids = await _made(app, api, state)
            campaign = await campaign_in(database)
            with _Cut(database, partial(delete_campaign, database, campaign), at) as cut:
                named = reduce(lambda made, each: made.replace(*each), ids.items(), path)
                form = "/api/" not in path
                kind = b"application/x-www-form-urlencoded" if form else b"application/json"
                body = urlencode(FORM).encode() if form else b'{"kind": "drand"}' * ("plan" in path)
                headers = (*everybody, (b"content-type", kind))
                answer = await ask(app, method, named, headers, b"", body)
                assert answer.status < 500, (method, path, at, answer.body)
            if not cut.done:
                break


async def _in_two(app: Starlette) -> list[Campaign]:
    """Two campaigns that Ann has entered."""
    database = server_of(app).database
    made = []
    for key in ("first", "second"):
        campaign = await database.write(make_campaign, CampaignDraft("Win", key=key))
        await enter(database, campaign, 1)
        made.append(campaign)
    return made


async def test_a_person_is_still_erased_in_the_others(app: Starlette) -> None:
    database = server_of(app).database
    for at in range(1, 40):
        first, second = await _in_two(app)
        with _Cut(database, partial(delete_campaign, database, first), at) as cut:
            await erase(database, "1@example.org")
        known = await query(database, "SELECT id FROM entrants WHERE email <> ''")
        assert known == [], at
        await delete_campaign(database, second)
        if not cut.done:
            break
        assert await query(database, "SELECT id FROM entrants") == []


async def test_a_person_is_still_exported_from_the_others(app: Starlette) -> None:
    database = server_of(app).database
    for at in range(1, 40):
        first, second = await _in_two(app)
        with _Cut(database, partial(delete_campaign, database, first), at) as cut:
            record = await export(database, "1@example.org")
        assert record is not None
        assert second.key in [each["campaign"]["key"] for each in record["campaigns"]], at
        await delete_campaign(database, second)
        if not cut.done:
            break


@pytest.mark.parametrize("program", [partial(ends.due, now=2), giving], ids=["ends", "rewards"])
async def test_a_job_goes_on_with_the_others(app: Starlette, program: Program[Any]) -> None:
    database = server_of(app).database
    first, second = [
        await database.write(
            make_campaign,
            CampaignDraft("Win", key=key, kind="reward", reward_kind="shared", reward_value="X"),
        )
        for key in ("first", "second")
    ]
    await query_write(database, "UPDATE campaigns SET ends_at = 1")

    async def interrupted(tx: Transaction) -> Any:
        deletes = partial(delete_campaign, database, first)
        return await program(Stopping(tx, lambda sql: "c.key FROM" in sql, deletes))

    assert [each.key for each in await database.read(interrupted)] == [second.key]
