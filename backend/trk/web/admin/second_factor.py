"""The owner's own second factor: set up with an app, recovery codes, taken off."""

from __future__ import annotations

from collections.abc import Sequence

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.core.keys import token_hash
from trk.core.rate import SECOND_FACTORS
from trk.core.rejection import slow_down
from trk.core.second_factor import in_groups, key_uri
from trk.services import second_factor
from trk.store import second_factors
from trk.web import protection
from trk.web.admin.guard import Route
from trk.web.admin.pages import render
from trk.web.admin.sign_in import session_token
from trk.web.forms import FormErrors, Mistaken
from trk.web.server import server

_HERE = "/admin/account/second-factor"
_WRONG = (
    "Wrong code. Enter the one your app shows now. If it never works, check the clocks of "
    "your phone and of this server."
)


async def show_second_factor(request: Request) -> Response:
    """Whether there is a second factor, and what can be done."""
    app, owner = server(request), request.state.owner
    return render(
        request,
        "second_factor.html",
        section="account",
        on=request.state.second_factor,
        left=await app.database.read(second_factors.codes_left, owner.id),
        required=app.settings.second_factor == "required",
        removed="off" in request.query_params,
    )


async def begin(request: Request) -> Response:
    """Make a new secret for an app."""
    await server(request).database.write(second_factor.begin, request.state.owner)
    return RedirectResponse(f"{_HERE}/new", 303)


async def show_new(request: Request) -> Response:
    """The secret, as a QR code and as text, and the field for a first code of it."""
    return await _new_page(request, FormErrors({}, {}, 200))


async def confirm(request: Request) -> Response:
    """Take the secret into use with a first code; the recovery codes are shown only once."""
    app, owner = server(request), request.state.owner
    wait = await protection.wait(app, SECOND_FACTORS, "first code of", str(owner.id))
    if wait:
        raise Mistaken({"code": slow_down("codes", wait).message}, 429)
    typed, session = request.state.form.get("code", ""), token_hash(session_token(request))
    codes = await app.database.write(second_factor.confirm, owner, typed, session)
    if codes is None:
        raise Mistaken({"code": _WRONG})
    return _codes_page(request, codes, first=True)


async def renew_codes(request: Request) -> Response:
    """Make new recovery codes, which are shown only once."""
    if not request.state.second_factor:
        return RedirectResponse(_HERE, 303)
    codes = await server(request).database.write(second_factor.renew_codes, request.state.owner)
    return _codes_page(request, codes)


async def turn_off(request: Request) -> Response:
    """Take the second factor off, unless everybody has to have one."""
    app = server(request)
    if app.settings.second_factor != "required":
        await app.database.write(second_factor.turn_off, request.state.owner)
    return RedirectResponse(f"{_HERE}?off", 303)


async def _new_page(request: Request, shown: FormErrors) -> Response:
    app, owner = server(request), request.state.owner
    found = await app.database.read(second_factors.of, owner.id)
    if found is None or found.pending is None:
        return RedirectResponse(_HERE, 303)
    uri = key_uri(found.pending, owner.email, app.settings.host)
    return render(
        request,
        "second_factor_new.html",
        shown,
        section="account",
        uri=uri,
        picture=_picture(uri),
        key=in_groups(found.pending),
        on=request.state.second_factor,
    )


def _picture(text: str) -> Markup:
    """A QR code as SVG, dark on light in any colour scheme, as cameras need it."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        scale=4, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    return Markup(drawn)


def _codes_page(request: Request, codes: Sequence[str], *, first: bool = False) -> Response:
    return render(
        request,
        "recovery_codes.html",
        section="account",
        codes=[in_groups(code) for code in codes],
        first=first,
    )


TABLE = [
    Route("GET", "/account/second-factor", show_second_factor, factorless=True),
    Route(*("POST", "/account/second-factor/begin", begin, _HERE), proved=True, factorless=True),
    Route("GET", "/account/second-factor/new", show_new, proved=True, factorless=True),
    Route(*("POST", "/account/second-factor/new", confirm), again=_new_page, factorless=True),
    Route("POST", "/account/second-factor/codes", renew_codes, _HERE, proved=True),
    Route("POST", "/account/second-factor/off", turn_off, _HERE, proved=True),
]
