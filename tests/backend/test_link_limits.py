"""How many browsers an entrant may have, and how many tokens."""

from __future__ import annotations

import asyncio

from tests.backend.linking import counting, follow, notes, tell, visit
from tests.backend.stored import NOW, beacon_id, campaign_with, enter, query, visitor
from trk.core.beacon import Answer, Beacon
from trk.core.drafts import ActionDraft
from trk.core.keys import token_hash
from trk.core.rejection import Rejection
from trk.services import corrections
from trk.services.actions import make_action
from trk.store import actions, xrefs
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.submissions import Submission
from trk.store.writer import Writer


async def test_one_entrant_gives_200_strangers_a_token_and_has_nothing_when_they_enter(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    await database.write(make_action, campaign, ActionDraft("Visit", "Visit", frequency="daily"))
    giver = await enter(database, campaign, 9999, linked=False)
    refused = [await follow(database, writer, n, giver, n) for n in range(1, 201)]
    assert refused == [[]] * 10 + [["too_many_browsers"]] * 190
    for n in range(1, 201):
        await tell(writer, 1000 + n, n, ["Purchase", f"order-{n}"], ["Visit"])
    assert len(await counting(database)) == 2
    strangers = [await enter(database, campaign, n) for n in range(1, 201)]
    found = await counting(database)
    assert sorted(who for who, _ in found) == sorted([*strangers, *strangers])
    assert {what for _, what in found if what} == {f"order-{n}" for n in range(1, 201)}


async def test_the_eleventh_browser_waits_for_the_owners_word(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    ann = await enter(database, campaign, 1)
    for n in range(2, 11):
        assert isinstance(await visit(database, ann, n, by_address=False), int)
    await tell(writer, 1, 10, was=visitor(20))  # a further id of a browser is no further browser
    await tell(writer, 2, 11, ["Purchase", "17"])
    assert await follow(database, writer, 3, ann, 11, direct=True) == ["too_many_browsers"]
    assert isinstance(await visit(database, ann, 12), Rejection)
    await visit(database, ann, 12)
    refused = await query(database, "SELECT visitor, code, message FROM refusals ORDER BY id")
    sentence = (
        f"Entrant {ann} already has 10 browsers; the campaign's owner can allow this entrant more "
        "than 10."
    )
    assert [(row["visitor"], row["code"], row["message"]) for row in refused] == [
        (visitor(n), "too_many_browsers", sentence) for n in (11, 12)
    ]
    assert await counting(database) == []
    allowed = [
        await database.write(corrections.allow_browsers, campaign, ann, Cause("A school.", NOW))
        for _ in range(2)
    ]
    assert allowed == [True, False]
    token = Beacon(beacon_id(4), visitor(11), [], xref="token 3", direct=True)
    again = await writer.submit(Submission("y2sB7", token, NOW))
    assert isinstance(again, Answer)
    assert again.refused == []
    assert await counting(database) == [(ann, "17")]
    assert await database.write(corrections.limit_browsers, campaign, ann, Cause("Enough.", NOW))
    assert not await database.write(
        corrections.limit_browsers, campaign, ann, Cause("Enough.", NOW)
    )
    assert isinstance(await visit(database, ann, 12), Rejection)
    kinds = [kind for _, kind, _ in await notes(database)]
    assert kinds == ["browsers_allowed", "browsers_limited"]


async def test_an_entrant_gets_30_tokens_an_hour(database: Database) -> None:
    campaign = await campaign_with(database)
    ann, bob = await enter(database, campaign, 1), await enter(database, campaign, 2)
    [action] = await database.read(actions.of_campaign, campaign.id)

    async def mint(entrant: int, name: str, at: int) -> bool:
        return await database.write(xrefs.mint, campaign, entrant, action.id, token_hash(name), at)

    minted = await asyncio.gather(*[mint(ann, f"ann {n}", NOW + n) for n in range(50)])
    assert sum(minted) == 30
    assert len(await query(database, "SELECT id FROM xrefs")) == 30
    assert await mint(bob, "bob", NOW)
    assert not await mint(ann, "soon", NOW + 3_599_999)
    assert await mint(ann, "later", NOW + 3_600_000 + 49)
