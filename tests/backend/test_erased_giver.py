"""An entrant's erasure takes nothing along that was done in a browser which a token alone linked to
them: it may be somebody else's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backend.linking import HOUR, counting, follow, given, late, over, tell, visit
from tests.backend.stored import (
    NOW,
    campaign_with,
    enter,
    query,
    visitor,
)
from trk.core.rejection import Rejection
from trk.services import people as privacy
from trk.store import draws
from trk.store.database import Database
from trk.store.late import count
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns

DAY = 24 * 3_600_000


@pytest.mark.parametrize("drawn", [False, True])
@pytest.mark.parametrize(
    "kind", [{}, {"unique_value": True}, {"frequency": "daily"}], ids=["once", "unique", "daily"]
)
async def test_what_a_stranger_did_is_theirs_once_they_enter(
    kind: dict[str, Any], drawn: bool, database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, **kind)
    giver = await enter(database, campaign, 9)
    await follow(database, writer, 2, giver, 1)
    assert (await tell(writer, 3, 1, ["Purchase", "order-17"])).unlocked == ["Purchase"]
    await tell(writer, 4, 9, ["Purchase", "order-of-the-giver"])
    if drawn:
        await database.write(draws.freeze, campaign, "seed", NOW)
    await privacy.erase(database, "9@example.org")
    stored = [dict(row) for row in await query(database, "SELECT * FROM trackings")]
    assert "order-of-the-giver" not in str(stored)
    assert visitor(9) not in str(stored)
    later = NOW + (DAY if kind.get("frequency") == "daily" else 0)
    if not drawn:
        assert (await tell(writer, 5, 1, ["Purchase", "order-18"], at=later)).pairs == ["waiting"]
    person = await enter(database, campaign, 1)
    found = await counting(database)
    assert (person, "order-17") in found
    assert giver not in [who for who, _ in found]
    held = await query(database, "SELECT entrant_id FROM unique_values")
    assert [row["entrant_id"] for row in held] == ([person] if "unique_value" in kind else [])


async def test_what_came_late_from_a_stranger_can_still_count_for_them(
    database: Database, writer: Writer
) -> None:
    await given(database, writer)
    campaign = await over(database)
    reply = await writer.submit(late(2, 1, ["Purchase", "17"]))
    assert isinstance(reply, Rejection)
    await privacy.erase(database, "9@example.org")
    person = await enter(database, campaign, 1)
    [row] = await query(database, "SELECT id, refusal FROM trackings")
    assert row["refusal"].startswith("late: ")
    decision = await database.write(count, campaign, row["id"], NOW + 4 * HOUR)
    assert decision is not None
    assert decision.outcome == "unlocked"
    assert await counting(database) == [(person, "17")]


async def test_a_browser_that_has_shown_the_session_is_the_erased_ones(
    database: Database, writer: Writer
) -> None:
    campaign, giver = await given(database, writer)
    await tell(writer, 2, 1, ["Purchase", "17"])
    await visit(database, giver, 1, by_address=False)
    await privacy.erase(database, "9@example.org")
    assert "17" not in [
        row["value"] for row in await query(database, "SELECT value FROM trackings")
    ]
    await enter(database, campaign, 1)
    assert await counting(database) == [(giver, None)]
