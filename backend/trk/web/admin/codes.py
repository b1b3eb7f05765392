"""A reward's codes: how many are left, adding more, and taking an upload back.

A list is first shown as it was understood, and added by a second click.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.core.code_list import Codes, CodesError, Column, Table, codes_in, column_of, table_in
from trk.services.code_uploads import add_codes as add
from trk.services.code_uploads import take_back_codes
from trk.store import codes, rewards
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, campaign_of, numbered
from trk.web.admin.pages import render
from trk.web.forms import FormErrors
from trk.web.server import server

_CODES = f"{ONE}/codes"


class Preview(NamedTuple):
    """A list as it was understood: its table, its codes, and how many of them are there already.

    `text` and `name` are the list's and its file's, `column` and `heading` how it is read.
    """

    text: str
    name: str
    table: Table
    column: str
    heading: bool
    codes: Codes
    known: int

    @property
    def read_as(self) -> str:
        """How it is read, as one word: what is added must have been shown like that."""
        return f"{self.column} {self.heading}"


async def show_codes(request: Request) -> Response:
    """How many codes are left, and the form to add more."""
    return await _page(request, await campaign_of(request), FormErrors({}, {}, 200))


async def add_codes(request: Request) -> Response:
    """Show what a file, the text field, or both have; then add it. Known codes are ignored."""
    campaign, form = await campaign_of(request), request.state.form
    if request.state.unreadable:
        said, status = request.state.unreadable
        return await _page(request, campaign, FormErrors({"file": said}, form, status))
    text = form.get("text") or f"{form.get('file', '')}\n{form.get('codes', '')}".strip("\n")
    if request.state.redisplay:  # a file field can't be pre-filled
        return await _page(request, campaign, FormErrors({}, {"codes": text.strip()}, 200))
    if campaign.reward_kind != "codes":
        said = "This campaign doesn’t give unique codes. Choose that reward in its settings first."
        return await _page(request, campaign, FormErrors({"codes": said}, form))
    try:
        shown = await _understood(request, campaign, text, form)
    except CodesError as mistake:
        typed = {**form, "codes": text if "text" in form else form.get("codes", "")}
        return await _page(request, campaign, FormErrors({"codes": str(mistake)}, typed))
    if form.get("add") != shown.read_as:
        return await _page(request, campaign, FormErrors({}, {}, 200), preview=shown)
    added = await add(server(request).database, campaign, shown.codes.new, shown.name)
    server(request).mailer.wake()
    done = (len(shown.codes.new), added)
    return await _page(request, campaign, FormErrors({}, {}, 200), added=done)


async def take_back(request: Request) -> Response:
    """Remove those codes of an upload that nobody has got yet."""
    campaign = await campaign_of(request)
    upload = await numbered(
        request,
        "upload",
        lambda tx, wanted: codes.upload(tx, campaign, wanted),
        "there is no such list of codes; it may have been removed already",
    )
    removed = await take_back_codes(server(request).database, campaign, upload.id)
    return await _page(request, campaign, FormErrors({}, {}, 200), removed=removed)


async def _understood(
    request: Request, campaign: Campaign, text: str, form: Mapping[str, str]
) -> Preview:
    """What is in a list, read as it seems to be meant or as the owner has said."""
    # Seconds for the longest lists: beacons are not to wait for that.
    table, column, found = await asyncio.to_thread(_read, text, form)
    known = await server(request).database.read(codes.known, campaign, found.new)
    said = column if isinstance(column, str) else str(column + 1)
    name = form.get("file_name", "")
    return Preview(text, name, table, said, table.heading, found, known)


def _read(text: str, form: Mapping[str, str]) -> tuple[Table, Column, Codes]:
    table = table_in(text)
    column = table.column
    if "column" in form:
        column = column_of(table, form["column"])
        table = table._replace(heading="heading" in form)
    return table, column, codes_in(table, column, heading=table.heading)


async def _page(
    request: Request,
    campaign: Campaign,
    shown: FormErrors,
    *,
    preview: Preview | None = None,
    added: tuple[int, int] | None = None,
    removed: int | None = None,
) -> Response:
    database = server(request).database
    return render(
        request,
        "codes.html",
        shown,
        campaign=campaign,
        tab="Codes",
        supply=await database.read(rewards.supply, campaign),
        uploads=await database.read(codes.uploads, campaign),
        preview=preview,
        added=added,
        removed=removed,
    )


TABLE = [
    Route("GET", _CODES, show_codes),
    Route("POST", _CODES, add_codes, uploads="text"),
    Route("POST", f"{_CODES}/{{upload}}/take-back", take_back, back=f"/admin{_CODES}"),
]
