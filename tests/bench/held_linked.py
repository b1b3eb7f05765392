"""Visitors with much to settle: what waited for somebody, and what counted for another so far."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from tests.bench.crowd import KEY
from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services.jobs.part_counter import PartCounter
from trk.store import actions, campaigns, entrants, links
from trk.store.database import Database

MOST = 60_000
"""How many trackings wait of these visitors: as many as a script sends within a minute."""
_LENT = 10_000
"""How many count for another so far: one a minute for a week."""
WAITING, LENT, TWIN, SINGLE = "waits-1", "lent-1", "twin-1", "twin-2"
_MINUTE = 60_000
_LENDER, _TAKER, _COMER, _UNITED = 11, 12, 13, 14


class _With(Protocol):
    @property
    def database(self) -> Database: ...


def rows(numbers: str) -> list[str]:
    """SQL: what these visitors have sent, and what came of it; `numbers` are those of a part."""
    at = f"{now_ms()} - n * {_MINUTE}"
    columns = "campaign_id, beacon, n, visitor, name, happened_at, received_at, action_id, outcome"
    waiting = [
        f"INSERT INTO trackings ({columns}) {numbers} SELECT 1, '{visitor} ' || n, 0, '{visitor}', "
        f"'Visit', {at}, {at}, 1, 'waiting' FROM numbers"
        for visitor in (WAITING, TWIN)
    ]
    lent = (
        f"INSERT INTO trackings ({columns}, entrant_id, provisional) {numbers} "
        f"SELECT 1, '{LENT} ' || n, 0, '{LENT}', 'Visit', {at}, {at}, 1, 'repeated', {_LENDER}, 1 "
        f"FROM numbers WHERE n <= {_LENT}"
    )
    return [*waiting, lent]


LINKS = (
    "INSERT INTO links (campaign_id, visitor, entrant_id, source, made_at, proof) VALUES "
    f"(1, '{LENT}', {_LENDER}, 'xref', 1, 'token'), (1, '{SINGLE}', {_UNITED}, 'visit', 1, 'click')"
)


def comes(visitor: str, entrant: int) -> Callable[[_With], Awaitable[Any]]:
    """An entrant opens the campaign's page from the site, where they had this visitor's id."""

    async def deed(doing: _With) -> None:
        campaign = await _campaign(doing.database)
        linked = await doing.database.write(
            entrants.link_visit, campaign, visitor, entrant, now_ms()
        )
        assert linked == entrant, linked

    return deed


async def unite(doing: _With) -> None:
    """A visitor whose trackings wait turns out to use the browser of one who is linked."""
    campaign = await _campaign(doing.database)
    known = await doing.database.read(actions.of_campaign, campaign.id)
    own = {each.id: each for each in known}
    await doing.database.write(links.unite, campaign, own, SINGLE, TWIN, now_ms())


async def _settle(doing: _With) -> None:
    await PartCounter(doing.database).work()


async def _campaign(database: Database) -> Campaign:
    found = await database.read(campaigns.by_key, KEY)
    assert found is not None
    return found


DEEDS = {
    "a visitor with 60,000 waiting trackings is linked": comes(WAITING, _COMER),
    "the others of them are settled by the job": _settle,
    "10,000 provisional trackings turn out to be another's": comes(LENT, _TAKER),
    "a visitor with 60,000 waiting trackings shares a linked one's browser": unite,
    "the others are settled by the job": _settle,
}
