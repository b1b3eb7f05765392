"""The API's owners: who can sign in to the pages, who is invited, and removing an owner."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.instant import Instant, iso
from trk.core.mistakes import said
from trk.services import accounts
from trk.services.accounts import Invitation, make_invitation
from trk.store import invitations, owners
from trk.store.owners import Removal
from trk.web.api.call import APIError, body, path_id, token_of
from trk.web.api.idempotency import commit, remove
from trk.web.api.operation import Operation, list_of
from trk.web.http.respond import JSON
from trk.web.server import server


class OwnerAnswer(msgspec.Struct, frozen=True):
    """Somebody who can see and change everything on this server."""

    id: int
    name: str
    email: str
    created_at: Instant


class InvitationDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Whom to invite."""

    email: Annotated[str, said(1, 254)]


class InvitationAnswer(msgspec.Struct, frozen=True):
    """An invitation that can still be accepted."""

    id: str
    email: str
    expires_at: Instant


class InvitationMade(msgspec.Struct, frozen=True):
    """The same with its link, which is shown once: null in a repeated answer."""

    id: str
    email: str
    expires_at: Instant
    url: str | None


async def list_owners(request: Request) -> Response:
    """List the owners of this server."""
    rows = await server(request).database.read(owners.everybody)
    return JSON(
        {"data": [{**row, "created_at": iso(row["created_at"])} for row in rows], "next": None}
    )


async def remove_owner(request: Request) -> Response:
    """Remove an owner. Their sessions end immediately; campaigns stay."""
    number = path_id(request, "owner")

    def removed_response(done: Removal) -> Response:
        if done == "unknown":
            raise APIError(404, "not_found", f"There is no owner {number}.")
        if done == "last":
            raise APIError(
                409, "last_owner", f"Owner {number} is the last one; a server needs at least one."
            )
        return Response(status_code=204)

    return await commit(request, lambda tx: accounts.remove_owner(tx, number), removed_response)


async def list_invitations(request: Request) -> Response:
    """List the invitations that can still be accepted."""
    rows = await server(request).database.read(invitations.waiting, now_ms())
    shown = [
        {"id": row["token_hash"], "email": row["email"], "expires_at": iso(row["expires_at"])}
        for row in rows
    ]
    return JSON({"data": shown, "next": None})


async def invite_owner(request: Request) -> Response:
    """Invite somebody to be an owner, also by e-mail if a mail server is set up.

    The answer has the link, which is not shown again: an answer repeated for an Idempotency-Key has
    null in its place."""
    draft, app = await body(request, InvitationDraft), server(request)

    def invited_response(made: Invitation, url: str | None) -> Response:
        shown = {"id": made.id, "email": made.email, "expires_at": iso(made.expires_at), "url": url}
        return JSON(shown, 201, {"cache-control": "no-store"})

    answered = await commit(
        request,
        lambda tx: make_invitation(tx, app.settings, token_of(request).name, draft.email),
        lambda made: invited_response(made, made.url),
        lambda made: invited_response(made, None),
    )
    app.mailer.wake()
    return answered


async def withdraw_invitation(request: Request) -> Response:
    """Withdraw an open invitation."""
    wanted = request.path_params["invitation"]
    unknown = APIError(404, "not_found", "There is no such open invitation.")
    # Text that can't be a hash may contain what PostgreSQL rejects.
    hashed = wanted if wanted.isalnum() else ""
    return await remove(request, lambda tx: accounts.withdraw_invitation(tx, hashed), unknown)


OPERATIONS = (
    list_of("/owners", list_owners, "accounts", OwnerAnswer),
    Operation(
        *("DELETE", "/owners/{owner}", remove_owner, "accounts"),
        status=204,
        refuses={"last_owner": (409, "it is the last owner")},
    ),
    list_of("/invitations", list_invitations, "accounts", InvitationAnswer),
    Operation(
        *("POST", "/invitations", invite_owner, "accounts"),
        status=201,
        takes=InvitationDraft,
        gives=InvitationMade,
        example={"email": "bob@example.org"},
    ),
    Operation("DELETE", "/invitations/{invitation}", withdraw_invitation, "accounts", status=204),
)
