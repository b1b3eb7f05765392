"""All codes of a reward, one by one: who got them, and removing those that are left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.services.codes import Sealed, opened, put_back_codes, remove_codes
from trk.store import codes, listed_codes
from trk.store.listed_codes import CodeFilter, State
from trk.web.admin.downloads import list_file
from trk.web.admin.guard import Route
from trk.web.admin.listing import ListQuery, Sort, list_query, read_list
from trk.web.admin.lookup import ONE, address, campaign_of, number
from trk.web.admin.pages import render
from trk.web.forms import FormErrors, Mistaken
from trk.web.server import server

STATES: dict[str, str] = {"left": "Left", "given": "Given"}
SORTS = {
    "": Sort("Latest first", descending=True),
    "oldest": Sort("Earliest first"),
    "code": Sort("Code, A to Z", "code"),
    "code_desc": Sort("Code, Z to A", "code", descending=True),
}
_TICK = "code-"
_LIST = f"{ONE}/codes/list"


async def list_codes(request: Request) -> Response:
    """List the codes that came last, or those that match the filters."""
    return await _page(request, FormErrors({}, {}, 200))


async def remove_ticked(request: Request) -> Response:
    """Remove the ticked codes, and offer to put them back."""
    campaign, app = await campaign_of(request), server(request)
    found = (number(name.removeprefix(_TICK)) for name in request.state.form if name[:5] == _TICK)
    chosen = [each for each in found if each is not None]
    if not chosen:
        raise Mistaken({"chosen": "Select at least one code that is left."})
    removed = await app.database.write(remove_codes, campaign, chosen)
    return await _page(request, FormErrors({}, {}, 200), removed=removed)


async def put_back(request: Request) -> Response:
    """Put back what was just removed."""
    campaign, app = await campaign_of(request), server(request)
    added = await put_back_codes(app.database, campaign, _sealed(request.state.form))
    app.mailer.wake()
    return await _page(request, FormErrors({}, {}, 200), put_back=added)


async def _offer_again(request: Request, shown: FormErrors) -> Response:
    """What was removed is nowhere but in the form: it is offered again, not put back unasked."""
    sealed = _sealed(shown.typed)
    number = len(opened(await campaign_of(request), sealed))
    removed = structs.replace(sealed, number=number) if number else None
    return await _page(request, shown, removed=removed)


def _sealed(form: Mapping[str, str]) -> Sealed:
    return Sealed(form.get("codes", ""), form.get("seal", ""))


async def export_codes(request: Request) -> Response:
    """The same codes as a CSV file, earliest first."""
    campaign = await campaign_of(request)
    which = _filter(_asked(request, campaign))
    return await list_file(
        request,
        campaign,
        listed_codes.LISTING,
        lambda tx, campaign, span: listed_codes.listed(tx, campaign, span, which),
    )


def _asked(request: Request, campaign: Campaign) -> ListQuery:
    found = request.query_params.get("upload", "")
    uploads = {found} if number(found) is not None else set()
    filters = {"search": None, "state": STATES, "upload": uploads}
    return list_query(request, address(campaign, "/codes/list"), filters, SORTS)


def _filter(wanted: ListQuery) -> CodeFilter:
    chosen = wanted.filters
    return CodeFilter(
        state=cast("State | None", chosen.get("state")),
        upload=number(chosen.get("upload", "")),
        search=chosen.get("search"),
    )


async def _page(
    request: Request,
    shown: FormErrors,
    *,
    removed: Sealed | None = None,
    put_back: int | None = None,
) -> Response:
    campaign, database = await campaign_of(request), server(request).database
    wanted = _asked(request, campaign)
    which = _filter(wanted)
    listed = await read_list(
        database,
        wanted,
        lambda tx, span: listed_codes.listed(tx, campaign, span, which),
        None if wanted.filters else await database.read(listed_codes.total, campaign),
    )
    context: dict[str, Any] = wanted.context(listed, shown.typed)
    return render(
        request,
        "code_list.html",
        shown,
        campaign=campaign,
        tab="Codes",
        rows=listed.rows,
        states=STATES,
        uploads={str(each.id): each.name for each in await database.read(codes.lists, campaign)},
        removed=removed,
        put_back=put_back,
        **context,
    )


TABLE = [
    Route("GET", _LIST, list_codes),
    Route("POST", _LIST, remove_ticked, again=_page),
    Route("POST", f"{_LIST}/undo", put_back, again=_offer_again),
    Route("GET", f"{ONE}/codes.csv", export_codes, f"/admin{ONE}/codes/list"),
]
