"""The templates for pages, and static files."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from jinja2 import pass_context
from jinja2.runtime import Context
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import Scope

from trk.core.campaign import Campaign
from trk.core.colour import ACCENT, on
from trk.core.field import plain
from trk.core.icon import icon_of
from trk.core.instant import iso
from trk.core.names import public_name
from trk.core.timing import instant_of
from trk.store.pictures import Picture
from trk.web import language
from trk.web.markdown import beginning, brief, rich
from trk.web.server import server

_HERE = Path(__file__).parent.parent
_STATIC = _HERE / "static"


@cache
def static_url(name: str) -> str:
    """The URL of a file in static/; it changes with the content, so it can be cached forever."""
    digest = hashlib.blake2b((_STATIC / name).read_bytes(), digest_size=6).hexdigest()
    return f"/static/{name}?v={digest}"


def picture_url(campaign: Campaign, picture: Picture, width: int | None = None) -> str:
    """The address of a picture on this server, in this width or the largest."""
    return f"/{campaign.key}/picture/{picture.hash}-{width or picture.largest[0]}.webp"


@pass_context
def absolute(context: Context, path: str) -> str:
    """For templates: the whole address of what is at this path, as everybody reaches it."""
    return f"{server(context['request']).settings.public_url}{path}"


@cache
def icon_url(accent: str = "") -> str:
    """The sign of a page in its tab, where the campaign has no logo: a tick in its colour."""
    ground = accent or ACCENT
    return "data:image/svg+xml," + quote(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>"
        f"<rect width='32' height='32' rx='8' fill='{ground}'/><path d='M9 17l5 5 10-11' "
        f"fill='none' stroke='{on(ground)}' stroke-width='4' stroke-linecap='round' "
        "stroke-linejoin='round'/></svg>",
        safe=" ='/:",
    )


templates = Jinja2Templates(_HERE / "templates", context_processors=[language.in_templates])
templates.env.trim_blocks = templates.env.lstrip_blocks = True
templates.env.add_extension("jinja2.ext.i18n")
# These ask the request's own language: nothing here is changed by one.
templates.env.install_gettext_callables(  # type: ignore[attr-defined]
    language.gettext, language.ngettext, newstyle=True
)
templates.env.filters["say"] = language.say
templates.env.filters["number"] = language.number
templates.env.filters["languages"] = language.several
templates.env.filters["rich"] = rich
templates.env.filters["brief"] = brief
templates.env.filters["beginning"] = beginning
templates.env.filters["clock"] = language.clock
templates.env.filters["instant"] = instant_of
templates.env.filters["iso"] = iso
templates.env.filters["local_time"] = language.local_time
templates.env.filters["public_name"] = public_name
templates.env.filters["icon"] = icon_of
templates.env.filters["plain_label"] = plain
templates.env.globals["static"] = static_url
templates.env.globals["picture_url"] = picture_url
templates.env.globals["absolute"] = absolute
templates.env.globals["icon_url"] = icon_url


class PageLink(NamedTuple):
    """A link on a page: its URL and its text."""

    url: str
    words: str


def page_policy(style: str = "") -> str:
    """The content security policy of a page whose only inline style sheet is `style`, if any."""
    return _policy(style, "'self'", "'none'")


def framed_policy(origins: Collection[str], style: str = "") -> str:
    """The same for a page that only pages of these origins may frame."""
    # It leads to actions by a form, which is redirected to wherever the action is.
    return _policy(style, "'self' https: http:", " ".join(origins))


def _policy(style: str, form_action: str, ancestors: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'sha256-{digest}'" if style else "style-src 'self'",
            "connect-src 'self'",
            "img-src 'self' https: data:",  # an owner's description may contain images
            f"form-action {form_action}",
            "base-uri 'none'",
            f"frame-ancestors {ancestors}",
        )
    )


class Static(StaticFiles):
    """The files in static/, cached forever if their URL names their version."""

    def __init__(self) -> None:
        super().__init__(directory=_STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve one file."""
        response = await super().get_response(path, scope)
        # Not by the address of another version, which an upgrade brings here for a moment.
        known = (
            response.status_code < 400
            and scope["query_string"].decode("latin-1") == (static_url(path).partition("?")[2])
        )
        response.headers["cache-control"] = (
            "public, max-age=31536000, immutable" if known else "no-cache"
        )
        return response
