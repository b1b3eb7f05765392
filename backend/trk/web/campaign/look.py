"""A page in its campaign's colours, with what that needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.core.look import style_of
from trk.services.looks import Look
from trk.store import pictures
from trk.web.language import heard
from trk.web.pages import framed_policy, page_policy, templates
from trk.web.server import server


async def look_of(request: Request, campaign: Campaign) -> Look:
    """The look of this campaign, whose texts are in the page's language."""
    database, tag = server(request).database, heard(request).tag
    look = Look(campaign, await database.read_public(pictures.in_language, campaign, tag))
    server(request).looks.remember(look)
    return look


def render(
    request: Request,
    template: str,
    look: Look,
    context: Mapping[str, Any],
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    framed: bool = False,
    own_css: bool = False,
) -> Response:
    """A page of the campaign's; `framed` in a frame of a customer's page. The owner's own style
    sheet, which could hide what a page has to say, is with `own_css` only."""
    campaign = look.campaign
    style = style_of(campaign if own_css else replace(campaign, css=""))
    policy = framed_policy(campaign.allowed_origins, style) if framed else page_policy(style)
    return templates.TemplateResponse(
        request,
        template,
        {"campaign": campaign, "pictures": look.pictures, "theme": style, **context},
        status_code,
        {"content-security-policy": policy, **(headers or {})},
    )
