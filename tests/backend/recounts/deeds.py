"""What friends, referrers and owners do before, between and after the parts of a recount."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from tests.backend.recounts.friends import number_of
from tests.backend.stored import NOW, campaign_in, query_write
from trk.core.campaign import Action, Campaign
from trk.core.drafts import ActionDraft
from trk.services.actions import change_action, make_action
from trk.services.campaigns import change_campaign
from trk.services.drafts import action_draft_of, campaign_draft_of
from trk.store import actions, confirmations, erasure, leaving_out, people
from trk.store.arrivals import Came
from trk.store.confirmations import Here, NewLink
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.program import Transaction

Deed = Callable[[Database, Campaign], Awaitable[Any]]

REFER = ActionDraft("Refer a friend", "Refer", verification="referral", friends=2)


async def asks(database: Database, key: str = "y2sB7", **fields: Any) -> Action:
    """The owner makes an action that friends complete."""
    campaign = await campaign_in(database, key)
    return await database.write(make_action, campaign, msgspec.structs.replace(REFER, **fields))


async def lets_count(database: Database, friends: int, key: str = "y2sB7") -> None:
    """The owner lets so many friends count for the first action."""
    campaign = await campaign_in(database, key)
    action = (await database.read(actions.of_campaign, campaign.id))[0]
    draft = msgspec.structs.replace(action_draft_of(action), friends=friends)
    await database.write(change_action, campaign, action, draft)


async def settles(database: Database, key: str = "y2sB7", **fields: Any) -> None:
    """The owner changes the settings."""
    campaign = await campaign_in(database, key)
    draft = msgspec.structs.replace(campaign_draft_of(campaign), **fields)
    await database.write(change_campaign, campaign, draft)


def enters(referrer: int, at: int = NOW + 100) -> Deed:
    async def deed(database: Database, campaign: Campaign) -> None:
        await database.write(
            lambda tx: confirmations.enter(
                tx,
                campaign,
                Came(),
                NewLink(f"link {campaign.id} {referrer}", "u", ""),
                now=at,
                browser="",
                referrer=number_of(campaign, referrer),
                name="Someone",
                email=f"late{referrer}@example.org",
                session_hash=f"session {campaign.id} {referrer}",
                visitor=None,
            )
        )

    return deed


def confirms(who: int) -> Deed:
    async def deed(database: Database, campaign: Campaign) -> None:
        await query_write(
            database,
            "INSERT INTO confirmations (campaign_id, token_hash, entrant_id, expires_at) "
            f"VALUES ({campaign.id}, 'token {campaign.id}', {number_of(campaign, who)}, {2**50})",
        )
        link = f"token {campaign.id}"
        here = Here(None, Came())
        await database.write(
            lambda tx: confirmations.go_on_here(tx, campaign, link, here, "new", NOW + 100)
        )

    return deed


def blocks(who: int, at: int = 2**45) -> Deed:
    async def deed(database: Database, campaign: Campaign) -> None:
        chosen = [number_of(campaign, who)]
        await database.write(leaving_out.several, campaign, chosen, Cause("Robots.", at))

    return deed


def lets_in(who: int) -> Deed:
    async def deed(database: Database, campaign: Campaign) -> None:
        chosen = [number_of(campaign, who)]
        await database.write(leaving_out.let_in, campaign, chosen, Cause("People.", 2**45 + 1))

    return deed


def erases(who: int) -> Deed:
    async def deed(database: Database, campaign: Campaign) -> None:
        async def program(tx: Transaction) -> None:
            known = await people.by_email(tx, f"{who}@example.org")
            [one] = [each for each in known if each.campaign_key == campaign.key]
            await erasure.forget(tx, one, await people.linked(tx, one), 0, NOW)

        await database.write(program)

    return deed


async def is_strict(database: Database, campaign: Campaign) -> None:
    await settles(database, campaign.key, confirmed_only=True)


async def is_lenient(database: Database, campaign: Campaign) -> None:
    await settles(database, campaign.key, confirmed_only=False)
