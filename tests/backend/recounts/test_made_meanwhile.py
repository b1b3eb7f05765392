"""An action that friends complete is made while somebody by whose link they came is blocked."""

from __future__ import annotations

import pytest

from tests.backend.recounts.deeds import asks, blocks, lets_in
from tests.backend.recounts.friends import counted, found
from tests.backend.stored import NOW
from trk.core.campaign import Campaign
from trk.store import readmissions
from trk.store.database import Database


@pytest.mark.parametrize("few", [2, 1000], ids=["in parts", "at once"])
async def test_an_action_that_was_made_while_a_referrer_was_blocked_is_completed_by_all(
    database: Database, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(readmissions, "FEW", few)
    await blocks(1, NOW + 50)(database, campaign)
    await asks(database, friends=3)
    await counted(database)
    assert await _of_first(database) == set()
    await lets_in(1)(database, campaign)
    await counted(database)
    assert await _of_first(database) == {(1, friend, "Refer", None) for friend in (4, 5, 7)}


async def _of_first(database: Database) -> set[tuple[int, int, str, str | None]]:
    return {each for each in await found(database) if each[0] == 1}
