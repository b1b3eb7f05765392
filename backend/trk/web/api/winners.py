"""The API's winners, after the draw: they are written to, and announced."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.instant import iso, milliseconds
from trk.core.mistakes import DraftError, from_to, said
from trk.core.rejection import shown
from trk.core.texts import Moment, moment_mistakes
from trk.core.winner_mail import WinnerText
from trk.services.announcing import announce, tell_winners, winners_csv
from trk.store import winning
from trk.web.api.call import APIError, body, campaign_of
from trk.web.api.drawn import Drawn, draw_json, draw_of
from trk.web.api.draws import refusing
from trk.web.api.operation import CSV, ONE, Operation
from trk.web.http.download import csv_file
from trk.web.http.respond import JSON
from trk.web.server import server


class Announcing(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How many wins there were when it was decided, if that is to be checked."""

    wins: Annotated[int, from_to(0, 2**31 - 1)] | None = None


class Telling(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Until when winners can accept, and what they are written: in the campaign's own language, and
    in others of its languages by their tags (`translations`)."""

    answer_by: Moment
    subject: Annotated[str, said(1, 200)] | None = None
    body: Annotated[str, said(1, 5_000)] | None = None
    translations: dict[str, WinnerText] = {}

    def check(self) -> None:
        """Raise DraftError unless the instant is one that there can be, and each translation can be
        used."""
        for mistake in moment_mistakes("answer_by", self.answer_by):
            raise DraftError(mistake.message, (mistake,))
        for tag, text in self.translations.items():
            for mistake in text.mistakes():
                raise DraftError(f"translations.{tag}.{mistake.message}", (mistake,))


class Told(msgspec.Struct, frozen=True):
    """How many were written to."""

    told: int


async def announce_winners(request: Request) -> Response:
    """Let everybody see the winners; before, only owners and their tokens do."""
    campaign = await campaign_of(request)
    given = (await body(request, Announcing)) if await request.body() else Announcing()
    with refusing():
        await server(request).database.write(announce, campaign, given.wins)
    return JSON(await draw_json(request, campaign))


async def tell(request: Request) -> Response:
    """Write to the winners who were not written to; each gets a link by which they accept.

    `{name}`, `{prize}`, `{campaign}`, `{deadline}` and `{link}` are filled in. Without a subject or
    a body, those that the owner has kept are used, or ours. Who entered in another language of the
    campaign's gets the mail in it if it is there: by the owner, or in our words where the
    campaign's own text has ours."""
    asked = await body(request, Telling)
    asked.check()
    campaign, at = await campaign_of(request), server(request)
    _check_languages(asked, campaign)
    answer_by = milliseconds(asked.answer_by) or 0
    if answer_by <= now_ms():
        said = f"answer_by is {iso(answer_by)}; expected an instant that is still to come."
        raise APIError(400, "invalid", said)
    made = await draw_of(request, campaign)
    kept = await at.database.read(winning.text_of, campaign, made.id)
    text = WinnerText(asked.subject or kept.subject, asked.body or kept.body)
    with refusing():
        told = await tell_winners(
            *(at.database, campaign, text, answer_by, at.settings.public_url, asked.translations)
        )
    at.mailer.wake()
    return JSON({"told": told})


def _check_languages(asked: Telling, campaign: Campaign) -> None:
    for tag in asked.translations:
        if tag not in campaign.languages[1:]:
            others = ", ".join(campaign.languages[1:]) or "none, as it has no other"
            said = f"translations has {shown(tag)}; expected other languages of the campaign than"
            raise APIError(400, "invalid", f"{said} its own: {others}.")


async def export_winners(request: Request) -> Response:
    """Export the winners as CSV, with all that became of them."""
    campaign = await campaign_of(request)
    made = await draw_of(request, campaign)
    lines = winners_csv(server(request).database, campaign, made)
    return csv_file(request, lines, f"winners-{campaign.key}.csv")


OPERATIONS = (
    Operation(
        *("GET", f"{ONE}/draw/winners.csv", export_winners, "personal"),
        gives=CSV,
        refuses={"not_drawn": (404, "there is no draw yet")},
    ),
    Operation(
        *("POST", f"{ONE}/draw/tell", tell, "draw"),
        takes=Telling,
        gives=Told,
        refuses={"not_drawn": (404, "there is no draw yet")},
        example={"answer_by": "2490-12-24T18:00:00Z"},
    ),
    Operation(
        *("POST", f"{ONE}/draw/announce", announce_winners, "draw"),
        takes=Announcing,
        optional_body=True,
        gives=Drawn,
        refuses={
            "not_drawn": (
                409,
                "there is no draw yet, it is announced already, or a winner was blocked or erased",
            )
        },
        example={"wins": 1},
    ),
)
