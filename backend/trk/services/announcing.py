"""After the draw: the winners are written to, they accept, and they are announced."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Literal

import msgspec

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.draw import DrawError
from trk.core.instant import iso
from trk.core.keys import token_hash
from trk.core.language import language
from trk.core.translation import TextPlace, parts_in
from trk.core.winner_mail import PARTS, WinnerText, own_text, winner_mail
from trk.services.audit import note
from trk.services.conflict import Conflict, mark
from trk.services.exports import csv_of, in_columns, labels
from trk.services.translations import change_some
from trk.services.winner_letters import Letters
from trk.store import campaigns, draws, fields, prizes, translations, winning
from trk.store.database import Database
from trk.store.draws import Draw, Winner
from trk.store.program import Row, Transaction

COLUMNS = (
    *("n", "prize", "name", "email", "entrant_id", "replaces", "drawn_at", "told_at"),
    *("answer_by", "accepted_at", "taken_back_at", "reason", "entrant_state"),
)
"""The columns of the winners' file; behind them are those of the form's fields."""
_AT_ONCE = 50
"""How many mails are written in one transaction: beacons may have to wait for that."""
_NAMED = 10
"""How many winners a sentence names."""
EntrantState = Literal["active", "blocked", "erased"]


async def drawn(tx: Transaction, campaign: Campaign) -> Draw:
    """The campaign's draw, which nobody else changes until this transaction ends.

    Raises DrawError if the winners are not drawn yet, and Gone if the campaign has been deleted.
    """
    await campaigns.hold(tx, campaign)
    made = await draws.of(tx, campaign)
    if made is None or made.concluded_at is None:
        raise DrawError(f"Campaign {campaign.key} has no draw yet.")
    await draws.hold(tx, campaign, made.id)
    held = await draws.of(tx, campaign)
    assert held is not None
    return held


async def announce(tx: Transaction, campaign: Campaign, seen: int | None = None) -> None:
    """Announce the winners: everybody sees them from then on.

    `seen` is how many wins there were when it was decided, if that is known. Raises DrawError if
    they were announced already, or have changed since, or if a winner was blocked or erased who
    could still be replaced.
    """
    made = await drawn(tx, campaign)
    if made.announced_at is not None:
        raise DrawError(
            f"The winners of campaign {campaign.key} were announced already, at "
            f"{iso(made.announced_at)}."
        )
    stored = await draws.winners(tx, campaign, made.id)
    if seen is not None and seen != len(stored):
        raise DrawError(
            "Somebody has replaced a winner in the meantime, so nothing was announced. Look at the "
            "winners again, then decide."
        )
    people = await draws.names(tx, campaign, [each.win.entrant_id for each in stored], hold=True)
    gone = out(stored, people)
    if gone and await winning.is_anybody_left(tx, campaign, made.id):
        raise DrawError(_not_announced(gone, people))
    if not await winning.announce(tx, campaign, made.id, now_ms()):
        raise DrawError(f"The winners of campaign {campaign.key} were announced just now.")
    await note(tx, "announced", "draw", made.id, campaign=campaign)


def _not_announced(gone: list[Winner], people: dict[int, Row]) -> str:
    said = [
        f"entrant {each.win.entrant_id}, who has win {each.win.n}, was {state_of(each, people)}"
        for each in gone[:_NAMED]
    ]
    more = f"; and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
    told = f"{'; '.join(said)}{more}. Redraw their prizes first, so that others win."
    return told[0].upper() + told[1:]


def state_of(winner: Winner, people: dict[int, Row]) -> EntrantState:
    """Does whoever has won still take part?"""
    person = people.get(winner.win.entrant_id)
    state: EntrantState = "erased" if person is None else person["state"]
    return state


def out(stored: list[Winner], people: dict[int, Row]) -> list[Winner]:
    """Those whose win stands though they no longer take part: their prizes are to be redrawn."""
    return [
        each for each in stored if each.taken_back_at is None and state_of(each, people) != "active"
    ]


def untold(stored: list[Winner], people: dict[int, Row]) -> list[Winner]:
    """Those who stand and can be written to, and have not been."""
    return [
        each
        for each in stored
        if each.taken_back_at is None
        and each.told_at is None
        and state_of(each, people) == "active"
    ]


async def tell_winners(
    database: Database,
    campaign: Campaign,
    text: WinnerText,
    answer_by: int,
    public_url: str,
    others: Mapping[str, WinnerText] | None = None,
    was: str | None = None,
) -> int:
    """Queue a mail for each winner who was not written to, in their language (see Letters): how
    many. They can accept until `answer_by` (ms). `text` is in the campaign's own language; it is
    kept, and so are the texts in `others` of its languages, by their tags.

    Raises DraftError if a text can't be used, DrawError if nothing is drawn, and Conflict as
    keep_text does, before anything is sent.
    """
    text.check()
    text = own_text(text, language(campaign.languages[0]))
    await database.write(_keep_all, campaign, text, others or {}, was)
    told = 0
    while True:
        some = await database.write(_tell_some, campaign, text, answer_by, public_url)
        if some is None:
            return told
        told += some


async def _tell_some(
    tx: Transaction, campaign: Campaign, text: WinnerText, answer_by: int, public_url: str
) -> int | None:
    """How many of the next winners were written to; None if nobody is left to write to."""
    now, made = now_ms(), await drawn(tx, campaign)
    stored = await draws.winners(tx, campaign, made.id)
    people = await draws.names(tx, campaign, [each.win.entrant_id for each in stored])
    some = untold(stored, people)[:_AT_ONCE]
    if not some:
        return None
    # Read again: whoever was erased at this moment is not written to.
    people = await draws.names(tx, campaign, [each.win.entrant_id for each in some], hold=True)
    letters = Letters(tx, campaign, made.id, text)
    told = 0
    for each in untold(some, people):
        win, person = each.win, people[each.win.entrant_id]
        token, letter = secrets.token_urlsafe(24), await letters.for_one(person["language"])
        values = letter.values(win.prize_id, person["name"], answer_by, public_url, token)
        told += await winning.tell(
            tx,
            campaign,
            made.id,
            win.n,
            win.entrant_id,
            winner_mail(letter.text, values, made.id, win.n, person["email"]),
            answer_hash=token_hash(token),
            answer_by=answer_by,
            now=now,
        )
    if told:
        await note(tx, "told", "draw", made.id, about=f"{told} mails", campaign=campaign)
    return told


async def keep_text(
    tx: Transaction, campaign: Campaign, text: WinnerText, was: str | None = None
) -> WinnerText:
    """Keep the text of the mail, tidied up, and return it; nothing is sent.

    Raises DraftError, DrawError without a draw, and Conflict if `was` (see mark_of) is given and
    somebody has kept another text since.
    """
    text.check()
    made = await drawn(tx, campaign)
    kept = await winning.text_of(tx, campaign, made.id)
    if was is not None and was != mark_of(kept) and kept != text:
        raise Conflict
    await winning.keep_text(tx, campaign, made.id, text)
    if kept != text:
        await note(tx, "changed", "draw", made.id, about="mail", campaign=campaign)
    return await winning.text_of(tx, campaign, made.id)


async def keep_translation(
    tx: Transaction, campaign: Campaign, tag: str, text: WinnerText, was: str | None = None
) -> WinnerText:
    """The same with the text in another of the campaign's languages."""
    text.check()
    await campaigns.hold(tx, campaign)
    made = await drawn(tx, campaign)
    kept = parts_in(await translations.of(tx, campaign, tag), made.id)
    if was is not None and was != mark_of(kept) and kept != text:
        raise Conflict
    given = {str(TextPlace("draw", made.id, part)): getattr(text, part) for part in PARTS}
    await change_some(tx, campaign, tag, given)
    return parts_in(await translations.of(tx, campaign, tag), made.id)


def mark_of(text: WinnerText) -> str:
    """A text that changes whenever the mail does, or this part of it."""
    return mark(*msgspec.structs.astuple(text))


async def _keep_all(
    tx: Transaction,
    campaign: Campaign,
    text: WinnerText,
    others: Mapping[str, WinnerText],
    was: str | None,
) -> None:
    await campaigns.hold(tx, campaign)
    await keep_text(tx, campaign, text, was)
    for tag, each in others.items():
        await keep_translation(tx, campaign, tag, each)


async def winners_csv(
    database: Database,
    campaign: Campaign,
    made: Draw,
    make: Callable[[Any], str] | None = None,
) -> AsyncIterator[str]:
    """The winners, with all that became of them, as the lines of a file; for `make` see
    csv_of."""
    await database.write(note, "exported", "list", about="winners", campaign=campaign)
    stored = await database.read(draws.winners, campaign, made.id)
    people = await database.read(draws.names, campaign, [each.win.entrant_id for each in stored])
    titles = {row["id"]: row["title"] for row in await database.read(prizes.of_campaign, campaign)}
    asked = await database.read(fields.of_campaign, campaign)
    answers = await database.read(
        fields.answers, campaign, [each.win.entrant_id for each in stored]
    )
    rows = (
        [*_cells(each, titles, people), *in_columns(answers.get(each.win.entrant_id, ()), asked)]
        for each in stored
    )
    yield csv_of([[*COLUMNS, *labels(asked, COLUMNS)], *rows], make)


def _cells(each: Winner, titles: dict[int, str], people: dict[int, Row]) -> list[object]:
    person = people.get(each.win.entrant_id)
    instants = (each.drawn_at, each.told_at, each.answer_by, each.accepted_at, each.taken_back_at)
    return [
        each.win.n,
        titles.get(each.win.prize_id),
        person and person["name"],
        person and person["email"],
        each.win.entrant_id,
        each.win.replaces,
        *(None if instant is None else iso(instant) for instant in instants),
        each.reason,
        state_of(each, people),
    ]
