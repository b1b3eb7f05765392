"""The API's way to export and to erase one person's data, by e-mail, in all campaigns."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from backend import privacy
from backend.core.rejection import shown
from backend.web.api.call import APIError, Table, text
from backend.web.respond import JSON


async def export(request: Request) -> Response:
    """All that is stored about the person with this e-mail."""
    email = _email(request)
    found = await privacy.export(request.app.state.database, email)
    if found is None:
        raise _unknown(email)
    return JSON(found, headers={"cache-control": "no-store"})


async def erase(request: Request) -> Response:
    """Erase the person with this e-mail; which entrants that was."""
    email = _email(request)
    erased = await privacy.erase(request.app.state.database, email)
    if not erased:
        raise _unknown(email)
    return JSON({"erased": [each._asdict() for each in erased]})


def _email(request: Request) -> str:
    email = text(request, "email")
    if not email or not email.strip():
        raise APIError(400, "invalid", f"email is {shown(email)}; expected a person's e-mail.")
    return email


def _unknown(email: str) -> APIError:
    return APIError(404, "unknown_entrant", f"Nobody has entered as {shown(email)}.")


TABLE: Table = [("GET", "/entrants", export), ("DELETE", "/entrants", erase)]
