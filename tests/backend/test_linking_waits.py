"""Who waits where links are stored at once: nobody for another's link, and nobody in a circle.

On SQLite, which has one writer at a time, one comes after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from tests.backend.linking import minted, sent
from tests.backend.stored import campaign_in, campaign_with, enter, query, query_write, visitor
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.services.code_uploads import add_codes
from trk.store.beacons import store
from trk.store.database import Database
from trk.store.program import Row, Transaction
from trk.store.submissions import Submission


async def test_who_is_linked_already_waits_for_nobody_who_is_being_linked(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    await enter(database, campaign, 1)
    done: list[str] = []

    async def others() -> None:
        await database.write(store, [sent(2, 1, ["Purchase"]), sent(3, 7, ["Purchase"])])
        done.append("pushed")

    entrant = await enter(database, campaign, 9, linked=False)
    await minted(database, campaign, entrant, "token")
    group = [sent(1, 5, xref="token")]
    stored, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Transaction) -> None:
        await store(tx, group)
        stored.set()
        if not database.sqlite:
            await go_on.wait()

    slow = asyncio.create_task(database.write(slowly))
    await stored.wait() if not database.sqlite else await slow
    async with asyncio.timeout(10):
        await others()
    go_on.set()
    await slow
    assert done == ["pushed"]


async def test_groups_with_ids_of_two_campaigns_in_any_order_wait_in_no_circle(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    other = await database.write(make_campaign, CampaignDraft("Other", key="other1"))
    await database.write(make_action, other, ActionDraft("Buy", "Purchase"))

    def group(start: int, keys: Sequence[str]) -> list[Submission]:
        return [
            sent(start + n, start + n % 3, ["Purchase"], was=visitor(1000 + start + n), key=key)
            for n, key in enumerate(keys)
        ]

    for start in range(0, 400, 20):
        there, back = ["y2sB7"] * 3 + ["other1"] * 3, ["other1"] * 3 + ["y2sB7"] * 3
        crossed = [sent(start + 16, start, ["Purchase"]), sent(start + 17, start + 1, ["Purchase"])]
        async with asyncio.timeout(20):
            await asyncio.gather(
                database.write(store, group(start, there)),
                database.write(store, group(start + 8, back)),
                database.write(store, crossed),
            )
    assert len(await query(database, "SELECT id FROM same_browsers")) == 2 * 12 * 20
    assert {campaign.id, other.id} == {
        row["campaign_id"] for row in await query(database, "SELECT campaign_id FROM trackings")
    }


class _Pausing:
    """A transaction that stops after its first statement about codes, until it may go on."""

    def __init__(self, tx: Transaction, reached: asyncio.Event, go_on: asyncio.Event) -> None:
        self._tx, self._reached, self._go_on = tx, reached, go_on

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        rows = await self._tx.fetch(sql, *args)
        if "code_stocks" in sql and not self._reached.is_set():
            self._reached.set()
            await self._go_on.wait()
        return rows

    async def lock(self, alone: Iterable[str], shared: Iterable[str] = ()) -> None:
        await self._tx.lock(alone, shared)


async def test_who_links_in_one_campaign_and_unlocks_in_another_waits_for_codes_in_no_circle(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    other = await database.write(make_campaign, CampaignDraft("Other", key="other1"))
    await database.write(make_action, other, ActionDraft("Buy", "Purchase"))
    await query_write(
        database, "UPDATE campaigns SET kind = 'reward', reward_kind = 'codes', reward_after = 1"
    )
    both = [await campaign_in(database), await campaign_in(database, "other1")]
    for each in both:
        await add_codes(database, each, ["a", "b"])
        for n in (1, 2):
            await enter(database, each, n, linked=(each.id, n) != (other.id, 1))
    [giver] = await query(
        database, f"SELECT id FROM entrants WHERE campaign_id = {other.id} AND name = 'Entrant 1'"
    )
    await minted(database, both[1], giver["id"], "token")
    await database.write(store, [sent(1, 1, ["Purchase"], key="other1")])
    linking = [sent(2, 1, xref="token", key="other1"), sent(3, 1, ["Purchase"])]
    pushing = [sent(4, 2, ["Purchase"]), sent(5, 2, ["Purchase"], key="other1")]
    if database.sqlite:
        await database.write(store, linking)
        await database.write(store, pushing)
    else:
        reached, go_on = asyncio.Event(), asyncio.Event()
        slow = asyncio.create_task(
            database.write(lambda tx: store(_Pausing(tx, reached, go_on), linking))
        )
        await reached.wait()
        quick = asyncio.create_task(database.write(store, pushing))
        await asyncio.wait([quick], timeout=0.2)
        go_on.set()
        await asyncio.gather(slow, quick)
    claims = await query(database, "SELECT campaign_id, value FROM claims ORDER BY 1, 2")
    assert [(row["campaign_id"], row["value"]) for row in claims] == [
        (each.id, code) for each in both for code in ("a", "b")
    ]
    assert campaign.id == both[0].id
