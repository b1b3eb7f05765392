"""Draws winners, redraws one, exports a draw and verifies an export."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any

import msgspec

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.doubts import doubts, guarantees, limits
from trk.core.drand import PUBLIC, path_of
from trk.core.draw import DrawError, Tickets, Win, mistake_in, redrawn, refusal, wins
from trk.core.instant import iso
from trk.core.proof import (
    TITLES,
    UNCHANGED,
    Changes,
    Proof,
    changes_between,
    mistake_in_proof,
    round_of,
    seed_of,
)
from trk.core.rejection import shown
from trk.services.audit import note
from trk.services.draw_plans import ingredients
from trk.services.fixed_lists import fix_list, published
from trk.store import campaigns, draw_plans, draws, fixed_lists, prizes, winning
from trk.store.database import Database
from trk.store.draws import Ingredients, Winner
from trk.store.program import Transaction

_LINE = re.compile(r"([0-9]{1,18}) ([0-9]{1,18})\n?")
_FIXED = "fixed\n"
"""The line between the list that the winners were drawn from and the one that was fixed before, if
they differ."""


_Entries = Callable[[Transaction, int, int], Coroutine[Any, Any, list[tuple[int, int]]]]


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    """The first line of an export; the list follows, one line `ENTRANT ENTRIES` each.

    Draws that are older than their proofs have none.
    """

    campaign: str
    seed: str
    digest: str
    entrants: int
    entries: int
    wins: list[Win]
    proof: Proof | None = None


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
    the winners can't be drawn (again), of which GivenError for what was given, and Duplicate if
    that is being done at the same time.
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
    tickets = await database.read(draws.tickets, made.id)
    doubtful = await database.read(draws.doubtful, campaign, made.id)
    changes = await _changes(database, campaign, made, tickets)
    # Read again: with the list the prizes are fixed.
    chosen = wins(await database.read(prizes.places, campaign), tickets.order(made.seed))

    async def conclude(tx: Transaction) -> None:
        await draws.conclude(tx, made, tickets, chosen, doubtful, changes, now_ms())
        await note(tx, "drew", "draw", made.id, campaign=campaign)

    await database.write(conclude)
    concluded = await database.read(draws.of, campaign)
    assert concluded is not None
    return concluded


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
    listed = await fix_list(database, campaign)
    if listed is None or listed.digest is None:
        raise _reopened(campaign)
    plan = await database.read(draw_plans.of, campaign)
    made_of = await ingredients(plan, listed, seed, value, drand_url)
    made = seed_of(plan.kind, plan.secret, listed.digest, made_of.value)
    return await database.write(_freeze, campaign, made, made_of)


async def _freeze(
    tx: Transaction, campaign: Campaign, seed: str, made_of: Ingredients
) -> draws.Draw:
    """Begin the draw: nobody reopens or changes the campaign meanwhile, and the list of which the
    seed was made still counts."""
    await campaigns.hold(tx, campaign)
    await _check(tx, campaign)
    if not await fixed_lists.stands(tx, campaign, made_of.list_id):
        raise _reopened(campaign)
    made = await draws.freeze(tx, campaign, seed, now_ms())
    if not await draws.entries(tx, made.id, 0):
        raise DrawError(
            f"Nobody who takes part in campaign {campaign.key} has a valid entry, so there is "
            "nobody to draw; expected at least one. Nothing was drawn."
        )
    await draws.prove(tx, made, made_of)
    return made


def _reopened(campaign: Campaign) -> DrawError:
    said = f"Campaign {campaign.key} was reopened; winners can be drawn after it ends."
    return DrawError(said)


async def _changes(
    database: Database, campaign: Campaign, made: draws.Draw, drawn: Tickets
) -> Changes:
    proof = await database.read(draws.proof_of, made.id)
    if proof is None:
        return UNCHANGED
    fixed = await database.read(fixed_lists.tickets, proof.list_id)
    if fixed.digest == drawn.digest:
        return UNCHANGED
    lists = await database.read(fixed_lists.of_campaign, campaign)
    [listed] = [each for each in lists if each.id == proof.list_id]
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
    stored = await database.read(draws.winners, made.id)
    winner = next((each for each in stored if each.win.n == n), None)
    if winner is None:
        raise DrawError(f"n is {n}; expected one of the draw's {len(stored)} wins, from 0.")
    if winner.taken_back_at is not None:
        raise _redrawn_before(winner)
    tickets = await database.read(draws.tickets, made.id)
    out = await database.read(draws.out, made.id)
    chain = redrawn(tickets, made.seed, [each.win for each in stored], winner.win, out)

    async def replace(tx: Transaction) -> bool:
        if await draws.out(tx, made.id) != out:
            raise DrawError(
                "Somebody was blocked, unblocked or erased at this moment, so nothing was redrawn; "
                "try again."
            )
        done = await draws.redraw(tx, made.id, chain, out, reason, now_ms())
        if done:
            await winning.withdraw(tx, made.id, n)
            await note(tx, "redrew", "draw", made.id, about=f"win {n}", campaign=campaign)
        return done

    if not await database.write(replace):
        raise _redrawn_before((await database.read(draws.winners, made.id))[n])
    return chain[-1]


def _redrawn_before(winner: Winner) -> DrawError:
    at = iso(winner.taken_back_at or 0)
    return DrawError(
        f"Win {winner.win.n} was already redrawn at {at}, with the reason {shown(winner.reason)}; "
        "expected a win that stands."
    )


async def proof_of(database: Database, campaign: Campaign, made: draws.Draw) -> Proof | None:
    """What is published with a concluded draw, its secret among it; None for one that is older."""
    stored = await database.read(draws.proof_of, made.id)
    if stored is None or stored.changes is None:
        return None
    plan = await database.read(draw_plans.of, campaign)
    return Proof(
        kind=plan.kind,
        source=plan.source,
        settled_at=plan.settled_at,
        commitment=plan.commitment,
        committed_at=plan.committed_at,
        secret=plan.secret,
        fixed=published(await database.read(fixed_lists.of_campaign, campaign)),
        value=stored.value,
        signature=stored.signature,
        taken_back=stored.taken_back or 0,
        unconfirmed=stored.unconfirmed or 0,
        changes=msgspec.json.decode(stored.changes, type=Changes),
    )


async def export(database: Database, campaign: Campaign, made: draws.Draw) -> AsyncIterator[bytes]:
    """The record of a draw for somebody who works with the campaign, which is noted."""
    await database.write(note, "exported", "draw", made.id, campaign=campaign)
    async for part in record(database, campaign, made):
        yield part


async def record(database: Database, campaign: Campaign, made: draws.Draw) -> AsyncIterator[bytes]:
    """A concluded draw as text that `verify` reads: names and e-mails are not in it."""
    stored = await database.read(draws.winners, made.id)
    proof = await proof_of(database, campaign, made)
    head = _Head(
        campaign.key,
        made.seed,
        made.digest or "",
        made.entrants or 0,
        made.entries or 0,
        [each.win for each in stored],
        proof,
    )
    yield msgspec.json.encode(head) + b"\n"
    async for part in _lines(database, draws.entries, made.id):
        yield part
    if proof is not None and proof.fixed[-1].digest != made.digest:
        kept = await database.read(draws.proof_of, made.id)
        assert kept is not None
        yield _FIXED.encode()
        async for part in _lines(database, fixed_lists.entries, kept.list_id):
            yield part


async def _lines(database: Database, entries: _Entries, of: int) -> AsyncIterator[bytes]:
    after = 0
    while part := await database.read(entries, of, after):
        yield b"".join(b"%d %d\n" % each for each in part)
        after = part[-1][0]


def verify(lines: Iterable[str]) -> str:
    """Repeat the draw of an export, read line by line: what it was, in sentences, a line each.

    Raises DrawError if the export is no export, or its winners don't follow from seed and list, or
    the seed was not made as it says.
    """
    rest = iter(lines)
    try:
        head = msgspec.json.decode(next(rest, ""), type=_Head)
    except msgspec.DecodeError as problem:
        raise DrawError(f"Line 1 is not the head of an exported draw: {problem}.") from None
    drawn, fixed = Tickets(), None
    for number, line in enumerate(rest, 2):
        match = _LINE.fullmatch(line)
        if match is not None:
            (drawn if fixed is None else fixed).add(int(match[1]), int(match[2]))
        elif fixed is None and head.proof is not None and line.strip() == _FIXED.strip():
            fixed = Tickets()
        else:
            raise DrawError(f"Line {number} is {line[:80]!r}; expected an entrant and its entries.")
    mistake = mistake_in(drawn, head.seed, head.digest, head.wins)
    if mistake is None and head.proof is not None:
        mistake = mistake_in_proof(head.proof, head.seed, drawn if fixed is None else fixed, drawn)
    if mistake is not None:
        raise DrawError(mistake)
    right = (
        f"The draw of campaign {head.campaign} is correct: its {len(head.wins)} wins among "
        f"{len(drawn)} entrants with {drawn.total} entries follow from its seed."
    )
    return "\n".join([right, *_told(head.proof, head.wins)])


def _sources(proof: Proof) -> list[str]:
    """Where everybody can look the public value up."""
    if proof.kind == "drand":
        number = round_of(proof)
        return [
            f"Check that this is the value of round {number} at {PUBLIC}{path_of(number)}: "
            f"{proof.value}."
        ]
    if proof.kind == "announced":
        return [f"Check that this is the result of “{proof.source}”: {proof.value}."]
    return []


def _told(proof: Proof | None, made: list[Win]) -> list[str]:
    if proof is None:
        return [
            "This export is older than proofs and doesn't say how the seed was chosen: somebody "
            "may have tried seeds until a certain entrant won."
        ]
    return [
        f"The seed was made from {TITLES[proof.kind]}.",
        *(f"What this proves: {said}" for said in guarantees(proof.kind)),
        *(f"What it doesn't prove: {said}" for said in limits(proof.kind, proof.source)),
        *(f"Note: {said}" for said in doubts(proof, made)),
        *_sources(proof),
        f"Entrants with an unconfirmed e-mail: {proof.unconfirmed}. Invalidated entries: "
        f"{proof.taken_back}.",
        "Compare these with what the campaign's page showed before the draw. Fingerprint of the "
        f"secret: {proof.commitment}. Fingerprint of the list: {proof.fixed[-1].digest}.",
    ]
