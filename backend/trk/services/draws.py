"""Draws winners, and redraws one."""

from __future__ import annotations

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.draw import DrawError, Tickets, Win, redrawn, refusal, wins
from trk.core.instant import iso
from trk.core.proof import (
    UNCHANGED,
    Changes,
    changes_between,
    seed_of,
)
from trk.core.rejection import shown
from trk.services.audit import note
from trk.services.draw_plans import ingredients
from trk.services.fixed_lists import fix_list
from trk.services.list_copying import with_list
from trk.services.recounting import until_counted
from trk.store import (
    campaigns,
    counting,
    draw_plans,
    draws,
    fixed_lists,
    list_copies,
    prizes,
    winning,
)
from trk.store.database import Database
from trk.store.draws import Ingredients, Winner
from trk.store.errors import StillCounting, gone
from trk.store.list_copies import Copy, Outdated
from trk.store.lists import Doubtful
from trk.store.program import Transaction


class RedrawnBefore(DrawError):
    """Somebody else has redrawn the same win."""


async def draw(
    database: Database,
    campaign: Campaign,
    seed: str | None = None,
    *,
    value: str | None = None,
    drand_url: str = "",
) -> draws.Draw:
    """Draw the campaign's winners, in the way that was settled before its end.

    `seed` is the organiser's own, for the kind chosen; `value` is what has come of the public
    source. drand's is fetched from `drand_url`, unless it is empty or `value` is given.

    A draw that a dying process left half-made is finished with its own seed. Raises DrawError if
    the winners can't be drawn (again), of which GivenError for what was given, Duplicate if that
    is being done at the same time, and Gone if the campaign has been deleted.
    """
    await database.read(_check, campaign)
    made = await database.read(draws.of, campaign)
    if made is None:
        made = await _begun(database, campaign, seed, value, drand_url)
    elif made.concluded_at is not None:
        raise DrawError(
            f"The winners of campaign {campaign.key} have been drawn; you can only redraw one of "
            "them, with a reason."
        )
    tickets = await database.read(draws.tickets, campaign, made.id)
    doubtful = await database.read(draws.doubtful, campaign, made.id)
    changes = await _changes(database, campaign, made, tickets)
    # Read again: with the list the prizes are fixed.
    chosen = wins(await database.read(prizes.places, campaign), tickets.order(made.seed))
    await database.write(_conclude, campaign, made, tickets, chosen, doubtful, changes)
    concluded = await database.read(draws.of, campaign)
    if concluded is None:
        raise gone(campaign)
    return concluded


async def _conclude(
    tx: Transaction,
    campaign: Campaign,
    made: draws.Draw,
    tickets: Tickets,
    chosen: list[Win],
    doubtful: Doubtful,
    changes: Changes,
) -> None:
    await campaigns.hold(tx, campaign)
    if await draws.conclude(tx, campaign, made, tickets, chosen, doubtful, changes, now_ms()):
        await note(tx, "drew", "draw", made.id, campaign=campaign)


async def _check(tx: Transaction, campaign: Campaign) -> None:
    """Raise DrawError if the winners can't be drawn now."""
    fresh = await campaigns.by_key(tx, campaign.key)
    offered = await prizes.places(tx, campaign)
    mistake = refusal(fresh or campaign, sum(prize.winners for prize in offered), now_ms())
    if mistake is not None:
        raise DrawError(mistake)


async def _begun(
    database: Database, campaign: Campaign, seed: str | None, value: str | None, drand_url: str
) -> draws.Draw:
    try:
        await until_counted(database, campaign)
        listed = await fix_list(database, campaign)
    except StillCounting as error:
        raise _still_counting(campaign, error) from None
    if listed is None or listed.digest is None:
        raise _reopened(campaign)
    plan = await database.read(draw_plans.of, campaign)
    made_of = await ingredients(plan, listed, seed, value, drand_url)
    made = seed_of(plan.kind, plan.secret, listed.digest, made_of.value)

    async def freeze(tx: Transaction, copy: Copy | None) -> draws.Draw:
        return await _freeze(tx, campaign, made, made_of, copy)

    try:
        return await with_list(database, campaign, "draw_entries", freeze)
    except StillCounting as error:
        raise _still_counting(campaign, error) from None
    except Outdated:
        said = "Entries or entrants were corrected at this moment, so nothing was drawn; try again."
        raise DrawError(said) from None


async def _freeze(
    tx: Transaction, campaign: Campaign, seed: str, made_of: Ingredients, copy: Copy | None
) -> draws.Draw:
    """Begin the draw: nobody reopens or changes the campaign meanwhile, and the list of which the
    seed was made still counts."""
    await campaigns.hold(tx, campaign)
    await _check(tx, campaign)
    if not await fixed_lists.stands(tx, campaign, made_of.list_id):
        raise _reopened(campaign)
    await counting.check(tx, campaign)
    if copy is not None:
        await list_copies.check(tx, campaign, copy)
    made = await draws.freeze(tx, campaign, seed, now_ms(), copy)
    if not await draws.entries(tx, campaign, made.id, 0):
        raise DrawError(
            f"Nobody who takes part in campaign {campaign.key} has a valid entry, so there is "
            "nobody to draw; expected at least one. Nothing was drawn."
        )
    await draws.prove(tx, campaign, made, made_of)
    return made


def _reopened(campaign: Campaign) -> DrawError:
    said = f"Campaign {campaign.key} was reopened; winners can be drawn after it ends."
    return DrawError(said)


def _still_counting(campaign: Campaign, error: StillCounting) -> DrawError:
    said = (
        f"{error.what.capitalize()} still being counted in campaign {campaign.key}, so nothing was "
        "drawn; try again in a moment."
    )
    return DrawError(said)


async def _changes(
    database: Database, campaign: Campaign, made: draws.Draw, drawn: Tickets
) -> Changes:
    proof = await database.read(draws.proof_of, campaign, made.id)
    if proof is None:
        return UNCHANGED
    fixed = await database.read(fixed_lists.tickets, campaign, proof.list_id)
    if fixed.digest == drawn.digest:
        return UNCHANGED
    lists = await database.read(fixed_lists.of_campaign, campaign)
    listed = next((each for each in lists if each.id == proof.list_id), None)
    if listed is None:
        raise gone(campaign)
    why = await database.read(fixed_lists.changes_since, campaign, listed.fixed_at, made.made_at)
    return changes_between(fixed, drawn, why)


async def redraw(database: Database, campaign: Campaign, n: int, reason: str) -> Win:
    """Take the win `n` back and give its prize to the next of the draw's order who has not been
    blocked or erased since: that is stored of those before them.

    Raises DrawError if that can't be done, Duplicate if another is redrawn at the same time.
    """
    made = await database.read(draws.of, campaign)
    if made is None or made.concluded_at is None:
        raise DrawError(f"Campaign {campaign.key} has no draw yet.")
    stored = await database.read(draws.winners, campaign, made.id)
    winner = next((each for each in stored if each.win.n == n), None)
    if winner is None:
        raise DrawError(f"n is {n}; expected one of the draw's {len(stored)} wins, from 0.")
    if winner.taken_back_at is not None:
        raise _redrawn_before(winner)
    tickets = await database.read(draws.tickets, campaign, made.id)
    out = await database.read(draws.out, campaign, made.id)
    chain = redrawn(tickets, made.seed, [each.win for each in stored], winner.win, out)

    async def replace(tx: Transaction) -> bool:
        # Before the clock is looked at: who was announced meanwhile was not replaced before it.
        await campaigns.hold(tx, campaign)
        await draws.hold(tx, campaign, made.id)
        if await draws.out(tx, campaign, made.id) != out:
            raise DrawError(
                "Somebody was blocked, unblocked or erased at this moment, so nothing was redrawn; "
                "try again."
            )
        done = await draws.redraw(tx, campaign, made.id, chain, out, reason, now_ms())
        if done:
            await winning.withdraw(tx, campaign, made.id, n)
            await note(tx, "redrew", "draw", made.id, about=f"win {n}", campaign=campaign)
        return done

    if not await database.write(replace):
        raise _redrawn_before((await database.read(draws.winners, campaign, made.id))[n])
    return chain[-1]


def _redrawn_before(winner: Winner) -> RedrawnBefore:
    at = iso(winner.taken_back_at or 0)
    return RedrawnBefore(
        f"Win {winner.win.n} was already redrawn at {at}, with the reason {shown(winner.reason)}; "
        "expected a win that stands."
    )
