"""What was just changed on a list's page, and the button that undoes it."""

from __future__ import annotations

import re
import secrets
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services.undoing import undo
from trk.store import undoing
from trk.store.errors import Duplicate
from trk.store.friend_completions import FriendRefused
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, address, campaign_of, number
from trk.web.forms import FormErrors
from trk.web.server import server

NOT_RESTORED: dict[str, str] = {
    "used": "the value of one of these has since unlocked its action again. Invalidate that entry "
    "first.",
    "friend_out": "the friend who completed one of these isn’t active: they are blocked or "
    "erased, or their e-mail still has to be confirmed.",
    "friends_full": "for one of these, as many friends count already as its action allows. "
    "Invalidate the entry of another friend first.",
}
"""Why entries are not restored, with the reasons of FriendRefused: the rest of a sentence."""
_LISTS = ("entries", "entrants", "claims", "log")
_STEP = re.compile(r"[0-9a-f]{16}")
_OWN = ("list", "done", "step", "undone", "counted", "selected")
"""Parameters of a URL that are no part of the list's."""


class Change(NamedTuple):
    """What a page tells of the last change: of how many rows it was; its name, if it can be undone
    (`undoable`); how many rows were `undone`, or why none (`refused`, the rest of a sentence)."""

    done: int | None
    step: str
    undoable: bool
    undone: int | None
    refused: str | None
    action: str


def new_step() -> str:
    """A name for what is going to be corrected together."""
    return secrets.token_hex(8)


def told(step: str, changed: list[int]) -> dict[str, int | str | None]:
    """The same for the URL to which the page leads on."""
    return {"done": len(changed), "step": step if changed else None}


async def change_of(request: Request, campaign: Campaign) -> dict[str, Any]:
    """What the template needs to tell the last change, which the URL names."""
    asked = request.query_params
    step, found = asked.get("step", ""), None
    if _STEP.fullmatch(step):
        found = await server(request).database.read(undoing.find, campaign, step)
    done = number(asked.get("done", ""))
    rest = urlencode([*_of_the_list(request), ("done", done or 0)])
    here = request.url.path.rsplit("/", 1)[-1]
    change = Change(
        done,
        step,
        found is not None,
        number(asked.get("undone", "")),
        NOT_RESTORED.get(asked.get("undone", "")),
        address(campaign, f"/undo?list={here}" + (f"&{rest}" if rest else "")),
    )
    return {"change": change}


async def undo_change(request: Request) -> Response:
    """Undo what was changed together, and lead back to the list."""
    campaign, app = await campaign_of(request), server(request)
    step = request.state.form.get("step", "")
    try:
        if not _STEP.fullmatch(step):
            raise LookupError(step)
        changed = await undo(app.database, campaign, step, now_ms())
        said = str(len(changed))
    except LookupError:
        said = "0"
    except Duplicate:
        said = "used"
    except FriendRefused as refused:
        said = refused.why
    app.mailer.wake()
    return await _to_list(request, undone=said)


async def _again(request: Request, shown: FormErrors) -> Response:
    """Lead back to the list, which offers it again: the session had ended."""
    done, step = request.query_params.get("done", ""), request.state.form.get("step", "")
    return await _to_list(request, done=done, step=step)


async def _to_list(request: Request, **told: str) -> Response:
    here = request.query_params.get("list", "")
    path = address(await campaign_of(request), f"/{here if here in _LISTS else _LISTS[0]}")
    return RedirectResponse(f"{path}?{urlencode([*_of_the_list(request), *told.items()])}", 303)


def _of_the_list(request: Request) -> list[tuple[str, str]]:
    """The parameters of the URL that are the list's."""
    return [item for item in request.query_params.multi_items() if item[0] not in _OWN]


TABLE = [Route("POST", f"{ONE}/undo", undo_change, again=_again)]
