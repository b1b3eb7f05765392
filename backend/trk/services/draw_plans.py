"""Settles how winners will be drawn, and gathers what a seed is made of."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from trk.clock import now_ms
from trk.core import drand
from trk.core.campaign import Campaign, over_since
from trk.core.draw import DrawError
from trk.core.proof import GivenError, SeedKind, check_given, check_plan
from trk.services.audit import note
from trk.services.drand import fetch
from trk.store import campaigns, draw_plans, fixed_lists
from trk.store.draw_plans import DrawPlan
from trk.store.draws import Ingredients
from trk.store.fixed_lists import StoredList
from trk.store.program import Transaction


async def commit_secret(tx: Transaction, campaign: Campaign) -> None:
    """Commit a secret for a campaign that was just made."""
    await draw_plans.commit(tx, campaign, secrets.token_hex(32), now_ms())


async def settle_plan(
    tx: Transaction, campaign: Campaign, kind: SeedKind, source: str = ""
) -> None:
    """Settle what the seed of the campaign's draw will be made of.

    Raises GivenError if the source can't be used, and DrawError once the campaign has ended for the
    first time: whoever knows a list could choose what suits it.
    """
    source = source.strip()
    check_plan(kind, source)
    await campaigns.hold(tx, campaign)
    now, fresh = now_ms(), await campaigns.by_key(tx, campaign.key) or campaign
    if over_since(fresh, now) is not None or await fixed_lists.of_campaign(tx, campaign):
        plan = await draw_plans.of(tx, campaign)
        raise DrawError(
            f"The draw of campaign {campaign.key} can no longer be changed ({plan.kind}): the "
            "campaign has already ended, and anyone who knows the list could pick what suits them."
        )
    await draw_plans.settle(tx, campaign, kind, source, now)
    await note(tx, "changed", "draw", about=kind, campaign=campaign)


async def ingredients(
    plan: DrawPlan, listed: StoredList, seed: str | None, value: str | None, drand_url: str
) -> Ingredients:
    """What the seed is made of besides the secret, for the list that was fixed.

    Raises GivenError if what was given can't be used, and DrawError if drand's value is not there.
    """
    check_given(plan.kind, plan.source, seed, value)
    if plan.kind != "drand":
        return Ingredients(listed.id, seed or value or "")
    number = drand.round_for(listed.ended_at)
    if now_ms() < drand.comes_at(number):
        raise DrawError(
            f"Round {number} of drand comes {drand.WAIT // 60_000} minutes after the end; draw "
            "the winners then."
        )
    if value is not None:
        try:
            found = drand.read(value, number)
        except DrawError as mistake:
            raise GivenError("value", str(mistake)) from None
    elif drand_url:
        found = drand.read(await fetch(drand_url, number), number)
    else:
        where = f"{drand.PUBLIC}{drand.path_of(number)}"
        raise GivenError("value", f"value is missing; expected everything that {where} shows.")
    return Ingredients(listed.id, found.randomness, found.signature)


def round_ahead(plan: DrawPlan, lists: Sequence[StoredList], campaign: Campaign) -> int | None:
    """The round of drand's that the draw will be made with, if the campaign ends as it is set; None
    if it has no end, or another kind of draw."""
    standing = lists[-1] if lists and lists[-1].opened_at is None else None
    end = campaign.ends_at if standing is None else standing.ended_at
    return None if plan.kind != "drand" or end is None else drand.round_for(end)
