"""What is published of a draw: its proof, and its record, which anybody can verify."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any

import msgspec

from trk.core.campaign import Campaign
from trk.core.doubts import doubts, guarantees, limits
from trk.core.drand import PUBLIC, path_of
from trk.core.draw import DrawError, Tickets, Win, mistake_in
from trk.core.proof import (
    TITLES,
    Changes,
    Proof,
    mistake_in_proof,
    round_of,
)
from trk.services.audit import note
from trk.services.fixed_lists import published
from trk.store import draw_plans, draws, fixed_lists
from trk.store.database import Database
from trk.store.errors import gone
from trk.store.program import Transaction

_LINE = re.compile(r"([0-9]{1,18}) ([0-9]{1,18})\n?")


_FIXED = "fixed\n"
"""The line between the list that the winners were drawn from and the one that was fixed before, if
they differ."""


_Entries = Callable[[Transaction, Campaign, int, int], Coroutine[Any, Any, list[tuple[int, int]]]]


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


async def proof_of(database: Database, campaign: Campaign, made: draws.Draw) -> Proof | None:
    """What is published with a concluded draw, its secret among it; None for one that is older.

    Raises Gone if the campaign has been deleted.
    """
    stored = await database.read(draws.proof_of, campaign, made.id)
    if stored is None or stored.changes is None:
        return None
    plan = await database.read(draw_plans.of, campaign)
    fixed = published(await database.read(fixed_lists.of_campaign, campaign))
    if not fixed:
        raise gone(campaign)
    return Proof(
        kind=plan.kind,
        source=plan.source,
        settled_at=plan.settled_at,
        commitment=plan.commitment,
        committed_at=plan.committed_at,
        secret=plan.secret,
        fixed=fixed,
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
    """A concluded draw as text that `verify` reads: names and e-mails are not in it.

    Raises Gone before the first part if the campaign has been deleted.
    """
    stored = await database.read(draws.winners, campaign, made.id)
    proof = await proof_of(database, campaign, made)
    kept = await database.read(draws.proof_of, campaign, made.id)
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
    async for part in _lines(database, campaign, draws.entries, made.id):
        yield part
    if proof and kept and proof.fixed[-1].digest != made.digest:
        yield _FIXED.encode()
        async for part in _lines(database, campaign, fixed_lists.entries, kept.list_id):
            yield part


async def _lines(
    database: Database, campaign: Campaign, entries: _Entries, of: int
) -> AsyncIterator[bytes]:
    after = 0
    while part := await database.read(entries, campaign, of, after):
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
            f"The value is signed by drand, as its round {number} ({PUBLIC}{path_of(number)}): "
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
