"""Names that match no action: a campaign keeps so many bytes of them a day, all else as ever."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from starlette.applications import Starlette

from tests.backend.admin.owning import signed_in
from tests.backend.calls import action, entered, made
from tests.backend.conftest import PUBLIC_URL, beacon, client_of
from tests.backend.stored import NOW, campaign_with, enter, push, query, query_write, visitor
from trk.core.beacon import Answer
from trk.core.campaign import Campaign
from trk.core.drafts import CampaignDraft
from trk.services.campaigns import make_campaign
from trk.store.database import Database
from trk.store.writer import Writer
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

DAY = 24 * 3_600_000
BIG = "v" * 1_000
THEIRS: list[str | None] = ["x", BIG]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quota of ten pairs with BIG."""
    monkeypatch.setattr("trk.core.quota.UNMATCHED_BYTES", 10 * (200 + 1 + 1_000))


async def _kept(database: Database) -> int:
    [row] = await query(database, "SELECT COUNT(*) AS n FROM trackings WHERE action_id IS NULL")
    number: int = row["n"]
    return number


async def answered(writer: Writer, number: int, *pairs: Any, **fields: Any) -> Answer:
    reply = await push(writer, number, *pairs, **fields)
    assert isinstance(reply, Answer)
    return reply


async def test_beyond_the_quota_a_pair_is_refused_alone_and_what_an_action_asks_for_is_not(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    await enter(database, campaign, 1)
    await enter(database, campaign, 2)
    first = await answered(writer, 1, *[THEIRS] * 9, by=1)
    assert first.pairs == ["unmatched"] * 9
    pairs = [["x", BIG], ["y", BIG], ["Purchase", BIG], ["z"]]
    second = await answered(writer, 2, *pairs, by=2)
    assert second.pairs == ["unmatched", "refused", "unlocked", "refused"]
    assert [each.code for each in second.refused] == ["over_quota", "over_quota"]
    assert "'y'" in second.refused[0].message
    assert await _kept(database) == 10
    again = await answered(writer, 2, *pairs, by=2)
    assert again == replace(second, duplicate=True)
    third = await answered(writer, 3, ["Purchase"], ["x"], by=3)
    assert third.pairs == ["waiting", "refused"]
    # Its waiting tracking is good, though the rest of its beacon was not kept.
    await enter(database, campaign, 3)
    rows = await query(database, "SELECT settled FROM trackings WHERE settled IS NOT NULL")
    assert [row["settled"] for row in rows] == ["unlocked"]


async def test_a_beacon_of_which_nothing_is_kept_is_answered_the_same_each_time(
    database: Database, writer: Writer
) -> None:
    await campaign_with(database)
    await answered(writer, 1, *[THEIRS] * 11)
    for _ in range(2):
        answer = await answered(writer, 2, ["a"], ["b"])
        assert answer.pairs == ["refused", "refused"]
    assert await _kept(database) == 10


async def test_another_day_and_another_campaign_have_quotas_of_their_own(
    database: Database, writer: Writer
) -> None:
    await campaign_with(database)
    await database.write(make_campaign, CampaignDraft("Other", key="open1"))
    await answered(writer, 1, *[THEIRS] * 11)
    assert (await answered(writer, 2, ["x"], key="open1")).pairs == ["unmatched"]
    assert (await answered(writer, 3, ["x"])).pairs == ["refused"]
    assert (await answered(writer, 4, ["x"], at=NOW + DAY)).pairs == ["unmatched"]


@pytest.mark.parametrize("over", ["ends_at", "closed_at"])
async def test_it_holds_for_a_campaign_that_is_over(
    database: Database, writer: Writer, over: str
) -> None:
    await campaign_with(database)
    await query_write(database, f"UPDATE campaigns SET {over} = 1")
    for number in range(1, 4):
        reply = await push(writer, number, *[THEIRS] * 9)
        assert not isinstance(reply, Answer)
        assert reply.reason.of_campaign
    assert await _kept(database) == 10


async def test_many_beacons_at_once_keep_no_more(app: Starlette, api: httpx.AsyncClient) -> None:
    await made(api)
    await action(api)
    await entered(app, 1)
    async with client_of(app) as page:
        for number in range(20):
            body = beacon(*[THEIRS] * 3, ["Purchase"], visitor=visitor(number + 1))
            assert (await page.post("/y2sB7/beacon", json=body)).status_code == 200
    database = server_of(app).database
    assert await _kept(database) == 10
    [row] = await query(database, "SELECT COUNT(*) AS n FROM trackings WHERE name = 'Purchase'")
    assert row["n"] == 20
    async with signed_in(app) as owner:
        log = await owner.get(f"{PUBLIC_URL}/admin/campaigns/y2sB7/log")
        assert "than a campaign keeps in a day" in log.text
        await query_write(database, "UPDATE unmatched_bytes SET over_on = '2020-01-01'")
        log = await owner.get(f"{PUBLIC_URL}/admin/campaigns/y2sB7/log")
        assert "than a campaign keeps in a day" not in log.text


async def test_another_content_with_the_same_id_is_still_told(
    database: Database, writer: Writer
) -> None:
    campaign: Campaign = await campaign_with(database)
    await enter(database, campaign, 1)
    await answered(writer, 1, ["Purchase"], ["x"])
    others: list[list[list[str | None]]] = [
        [["Purchase"]],
        [["Other"], ["x"]],
        [["Purchase"], ["x", "1"]],
    ]
    for other in others:
        reply = await push(writer, 1, *other)
        assert not isinstance(reply, Answer)
        assert reply.code == "id_reused"
