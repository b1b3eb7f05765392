"""Exporting and erasing one person's data through the API, by e-mail, in all campaigns."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core.mistakes import said
from trk.core.rejection import shown
from trk.services import people
from trk.web.api.call import APIError, query, token_of
from trk.web.api.operation import Operation
from trk.web.http.respond import JSON
from trk.web.server import server


class Person(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Whose data."""

    email: Annotated[str, said(1, 254), msgspec.Meta(examples=["ann@example.org"])]


class ErasedEntrant(msgspec.Struct, frozen=True):
    """An entrant whose data was erased, and the campaign it was in."""

    campaign: str
    entrant_id: int


class Erased(msgspec.Struct, frozen=True):
    """Which entrants were erased."""

    erased: list[ErasedEntrant]


async def export_person(request: Request) -> Response:
    """Read everything stored about the person with this e-mail."""
    email = _email(request)
    found = await people.export(server(request).database, email)
    if found is None:
        raise _unknown(email)
    return JSON(found, headers={"cache-control": "no-store"})


async def erase_person(request: Request) -> Response:
    """Erase the person with this e-mail in all campaigns."""
    email = _email(request)
    erased = await people.erase(server(request).database, email)
    if not erased:
        raise _unknown(email)
    return JSON(Erased([ErasedEntrant(*each) for each in erased]))


def _email(request: Request) -> str:
    token, asked = token_of(request), query(request, Person)
    if token.campaign_key is not None:
        raise APIError(
            403,
            "other_campaign",
            f"The token {shown(token.name)} is for campaign {token.campaign_key} only; a person's "
            "data is in all campaigns.",
        )
    if not 1 <= len(asked.email.strip()) <= 254:
        raise APIError(
            400, "invalid", f"email is {shown(asked.email)}; expected an e-mail address."
        )
    return asked.email


def _unknown(email: str) -> APIError:
    return APIError(404, "unknown_entrant", f"Nobody has entered as {shown(email)}.")


_NOBODY = {"unknown_entrant": (404, "nobody has entered with this e-mail")}

OPERATIONS = (
    Operation(
        *("GET", "/entrants", export_person, "personal"),
        asks=Person,
        gives=dict[str, Any],
        refuses=_NOBODY,
    ),
    Operation(
        *("DELETE", "/entrants", erase_person, "write"), asks=Person, gives=Erased, refuses=_NOBODY
    ),
)
