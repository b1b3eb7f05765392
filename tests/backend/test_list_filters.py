"""The lists' filters: each finds what it says, alone and beside others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backend.stored import NOW, campaign_with, enter, push, visitor
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft
from trk.services import corrections as services
from trk.services.actions import make_action
from trk.store import completions, entrants, trackings
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.entrants import EntrantFilter
from trk.store.pages import Span
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns


@pytest.fixture
async def campaign(database: Database) -> Campaign:
    return await campaign_with(database)


async def test_trackings_are_found_by_each_filter(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    buy = 1
    await database.write(make_action, campaign, ActionDraft("Sign", "Signed", signed=True))
    ann = await enter(database, campaign, 1)
    await push(writer, 1, ["Purchase", "order-17"], by=1)
    await push(writer, 2, ["Purchase", "100%_off"], by=2)
    await push(writer, 3, ["purchse", "ORDER-18"], by=2)
    await push(writer, 4, ["Signed", "no"], by=1)

    async def found(**which: Any) -> list[int]:
        page = await database.read(
            trackings.listed, campaign, Span(), trackings.TrackingFilter(**which)
        )
        return [int(row.beacon[-4:]) for row in page.rows]

    assert await found() == [1, 2, 3, 4]
    assert await found(visitor=visitor(2)) == [2, 3]
    assert await found(name="Purchase") == [1, 2]
    assert await found(action=buy) == [1, 2]
    assert await found(entrant=ann) == [1, 4]
    assert await found(outcome="waiting") == [2]
    assert await found(refusal="unsigned") == [4]
    assert await found(refusal="uns") == []
    assert await found(search="order") == [1, 3]
    assert await found(search="%_") == [2]
    assert await found(search="%") == [2]
    assert await found(name="Purchase", outcome="unlocked") == [1]
    assert await found(name="' OR 1=1 --") == []
    [refused] = (
        await database.read(
            trackings.listed, campaign, Span(), trackings.TrackingFilter(outcome="refused")
        )
    ).rows
    assert refused.refusal_code == "unsigned"
    assert (refused.refusal_message or "").startswith("The action 'Signed' needs a signature")
    assert (refused.action, refused.visitor_short) == ("Sign", visitor(1)[:8])
    await enter(database, campaign, 2)  # what waited is settled, and found by what became of it
    assert await found(outcome="waiting") == []
    assert await found(outcome="unlocked") == [1, 2]


async def test_completions_are_found_by_each_filter(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    await database.write(make_action, campaign, ActionDraft("Visit", "Visit"))
    ann, bob = await enter(database, campaign, 1), await enter(database, campaign, 2)
    await push(writer, 1, ["Purchase", "order-17"], by=1)
    await push(writer, 2, ["Purchase", "Möbel"], by=2)
    await push(writer, 3, ["Visit"], by=2)
    [first, *_] = (await database.read(completions.listed, campaign, Span())).rows
    await database.write(services.invalidate, campaign, first.id, Cause("copied", NOW))

    async def found(**which: Any) -> list[tuple[int, str]]:
        page = await database.read(
            completions.listed, campaign, Span(), completions.CompletionFilter(**which)
        )
        return [(row.entrant_id, row.action) for row in page.rows]

    assert await found() == [(ann, "Buy"), (bob, "Buy"), (bob, "Visit")]
    assert await found(action=first.action_id) == [(ann, "Buy"), (bob, "Buy")]
    assert await found(state="invalidated") == [(ann, "Buy")]
    assert await found(state="valid") == [(bob, "Buy"), (bob, "Visit")]
    assert await found(entrant=bob) == [(bob, "Buy"), (bob, "Visit")]
    assert await found(entrant=bob, action=first.action_id) == [(bob, "Buy")]
    assert await found(source="api") == []
    assert await found(search="ORDER") == [(ann, "Buy")]
    assert await found(search="Möbel") == [(bob, "Buy")]
    assert await found(search="entrant 2") == [(bob, "Buy"), (bob, "Visit")]
    assert await found(search="2@EXAMPLE.org") == [(bob, "Buy"), (bob, "Visit")]
    assert await found(search="2@example.org", entrant=ann) == []
    assert await found(search="2@") == []
    [told] = (await database.read(completions.listed, campaign, Span(limit=1))).rows
    assert (told.state, told.invalidated_reason, told.details) == (
        "invalidated",
        "copied",
        "order-17",
    )


async def test_entrants_are_found_by_name_mail_and_state(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    ann, bob = await enter(database, campaign, 1), await enter(database, campaign, 2)
    await push(writer, 1, ["Purchase"], by=1)
    await database.write(services.block, campaign, bob, Cause("robot", NOW))

    async def found(**which: Any) -> list[int]:
        page = await database.read(entrants.listed, campaign, Span(), EntrantFilter(**which))
        return [row.id for row in page.rows]

    assert await found() == [ann, bob]
    assert await found(search="ENTRANT 2") == [bob]
    assert await found(search="1@Example.org") == [ann]
    assert await found(search="nobody") == []
    assert await found(blocked=True) == [bob]
    assert await found(blocked=False) == [ann]
    assert await found(blocked=True, search="1@example.org") == []
    [first, second] = (await database.read(entrants.listed, campaign, Span())).rows
    assert (first.entries, first.completions, second.entries) == (1, 1, 0)
    assert (second.blocked_reason, first.blocked_at) == ("robot", None)
