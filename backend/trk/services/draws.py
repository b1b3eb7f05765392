"""Draws winners, redraws one, exports a draw and verifies an export."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Iterable

import msgspec

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.draw import DrawError, DrawPrize, Tickets, Win, mistake_in, redrawn, refusal, wins
from trk.services.audit import note
from trk.store import draws, prizes
from trk.store.database import Database
from trk.store.program import Transaction

_LINE = re.compile(r"([0-9]{1,18}) ([0-9]{1,18})\n?")


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    """The first line of an export; the list follows, one line `ENTRANT ENTRIES` each."""

    campaign: str
    seed: str
    digest: str
    entrants: int
    entries: int
    wins: list[Win]


async def draw(database: Database, campaign: Campaign, seed: str | None = None) -> draws.Draw:
    """Draw the campaign's winners, with a seed of 256 random bits if none is given.

    A draw that a dying process left half-made is finished with its own seed. Raises DrawError if
    the winners can't be drawn (again), Duplicate if that is being done at the same time.
    """
    mistake = refusal(campaign, _places(await _prizes(database, campaign)), now_ms())
    if mistake is not None:
        raise DrawError(mistake)
    made = await database.read(draws.of, campaign)
    if made is None:
        made = await database.write(draws.freeze, campaign, seed or secrets.token_hex(32), now_ms())
    elif made.concluded_at is not None:
        raise DrawError(
            f"The winners of campaign {campaign.key} have been drawn; expected to redraw one of "
            "them, with a reason."
        )
    tickets = await database.read(draws.tickets, made.id)
    # Read again: with the list the prizes are fixed.
    chosen = wins(await _prizes(database, campaign), tickets.order(made.seed))

    async def conclude(tx: Transaction) -> None:
        await draws.conclude(tx, made, tickets, chosen, now_ms())
        await note(tx, "drew", "draw", made.id, campaign=campaign)

    await database.write(conclude)
    concluded = await database.read(draws.of, campaign)
    assert concluded is not None
    return concluded


async def _prizes(database: Database, campaign: Campaign) -> list[DrawPrize]:
    rows = await database.read(prizes.of_campaign, campaign)
    return [DrawPrize(row["id"], row["title"], row["winners"]) for row in rows]


def _places(prizes: Iterable[DrawPrize]) -> int:
    return sum(prize.winners for prize in prizes)


async def redraw(database: Database, campaign: Campaign, n: int, reason: str) -> Win:
    """Take the win `n` back and give its prize to the next of the draw's order.

    Raises DrawError if that can't be done, Duplicate if another is redrawn at the same time.
    """
    made = await database.read(draws.of, campaign)
    if made is None or made.concluded_at is None:
        raise DrawError(f"Campaign {campaign.key} has no draw yet.")
    stored = await database.read(draws.winners, made.id)
    winner = next((each for each in stored if each.win.n == n), None)
    if winner is None:
        raise DrawError(f"n is {n}; expected one of the draw's {len(stored)} wins, from 0.")
    tickets = await database.read(draws.tickets, made.id)
    win = redrawn(tickets, made.seed, [each.win for each in stored], winner.win)

    async def replace(tx: Transaction) -> bool:
        done = await draws.redraw(tx, made.id, win, reason, now_ms())
        if done:
            await note(tx, "redrew", "draw", made.id, about=f"win {n}", campaign=campaign)
        return done

    if not await database.write(replace):
        raise DrawError(f"Win {n} has been taken back already: {winner.reason!r}.")
    return win


async def export(database: Database, campaign: Campaign, made: draws.Draw) -> AsyncIterator[bytes]:
    """A concluded draw as text that `verify` reads: names and e-mails are not in it."""
    await database.write(note, "exported", "draw", made.id, campaign=campaign)
    stored = await database.read(draws.winners, made.id)
    head = _Head(
        campaign.key,
        made.seed,
        made.digest or "",
        made.entrants or 0,
        made.entries or 0,
        [each.win for each in stored],
    )
    yield msgspec.json.encode(head) + b"\n"
    after = 0
    while part := await database.read(draws.entries, made.id, after):
        yield b"".join(b"%d %d\n" % each for each in part)
        after = part[-1][0]


def verify(lines: Iterable[str]) -> str:
    """Repeat the draw of an export, read line by line: what it was, in a sentence.

    Raises DrawError if the export is no export, or its winners don't follow from seed and list.
    """
    rest = iter(lines)
    try:
        head = msgspec.json.decode(next(rest, ""), type=_Head)
    except msgspec.DecodeError as problem:
        raise DrawError(f"Line 1 is not the head of a draw's export: {problem}.") from None
    tickets = Tickets()
    for number, line in enumerate(rest, 2):
        match = _LINE.fullmatch(line)
        if match is None:
            raise DrawError(f"Line {number} is {line[:80]!r}; expected an entrant and its entries.")
        tickets.add(int(match[1]), int(match[2]))
    mistake = mistake_in(tickets, head.seed, head.digest, head.wins)
    if mistake is not None:
        raise DrawError(mistake)
    return (
        f"The draw of campaign {head.campaign} is right: its {len(head.wins)} wins among "
        f"{len(tickets)} entrants with {tickets.total} entries follow from its seed."
    )
