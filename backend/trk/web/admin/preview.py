"""Previews the campaign's page with the values in an unsaved form; stores nothing."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.campaign import Action, Campaign, as_published, slug
from trk.core.entrant import Entrant
from trk.core.field import FormField, asked_of
from trk.core.instant import milliseconds
from trk.core.language import language
from trk.core.look import style_of
from trk.core.status import status_of
from trk.core.timing import timing_at
from trk.core.translation import shown_field
from trk.store import fields, offer, pictures
from trk.web.admin.forms import action_draft, campaign_draft, field_draft
from trk.web.admin.guard import Route
from trk.web.admin.lookup import ONE, actions_of, campaign_of, number
from trk.web.campaign.visit import Visit
from trk.web.pages import page_policy, templates
from trk.web.server import server

_SHOWN = (
    *("kind", "description", "terms", "show_entries", "timezone", "languages"),
    *("accent", "background", "scheme", "corners", "font", "css"),
    *("reward_kind", "reward_after"),
)


async def preview_campaign(request: Request) -> Response:
    """Preview with the form's settings; a field with a mistake keeps its stored value."""
    stored = await campaign_of(request)
    draft, mistakes = campaign_draft(request.state.form, stored)
    typed: dict[str, Any] = {
        field: getattr(draft, field) for field in _SHOWN if field not in mistakes
    }
    if "name" not in mistakes:
        typed |= {"name": draft.name, "slug": slug(draft.name)}
    if not mistakes.keys() & {"starts_at", "ends_at", "timezone"}:
        typed |= {
            "starts_at": milliseconds(draft.starts_at),
            "ends_at": milliseconds(draft.ends_at),
        }
    return await _preview_page(request, replace(stored, **typed), await actions_of(request, stored))


async def preview_action(request: Request) -> Response:
    """Preview with the form's action, in its place, or last if it is new."""
    shown, form = await campaign_of(request), request.state.form
    actions = await actions_of(request, shown)
    draft, mistakes = action_draft(form)
    wanted = number(form.get("action", ""))
    stored = next((each for each in actions if each.id == wanted), None)
    base = stored or Action(
        id=0,
        campaign_id=shown.id,
        title="A new action",
        tracking_name="",
        verification=draft.verification,
    )
    typed = {
        field: getattr(draft, field)
        for field in (
            "title",
            "description",
            "url",
            "worth",
            "frequency",
            "verification",
            "question",
            "icon",
        )
        if field not in mistakes
    }
    made = replace(base, **typed)
    actions = [made if each is stored else each for each in actions]
    # As an entrant sees it: with its question and its link.
    return await _preview_page(
        request, shown, actions if stored else [*actions, made], Entrant(0, "Ann", ""), made.id
    )


async def preview_field(request: Request) -> Response:
    """Preview with the form's field, in its place, or last if it is new."""
    shown, form = await campaign_of(request), request.state.form
    found = await server(request).database.read(fields.of_campaign, shown)
    wanted = number(form.get("field", ""))
    stored = next((each for each in found if each.id == wanted), None)
    draft, mistakes = field_draft(form, stored)
    base = stored or FormField(id=0, campaign_id=shown.id, label="A new field", kind=draft.kind)
    typed = {each: getattr(draft, each) for each in draft.__struct_fields__ if each not in mistakes}
    made = replace(base, **{**typed, "asked": draft.asked or stored is None})
    found = [made if each is stored else each for each in found]
    found = found if stored else [*asked_of(found), made]
    return await _preview_page(request, shown, await actions_of(request, shown), form_of=found)


async def _preview_page(
    request: Request,
    shown: Campaign,
    actions: list[Action],
    entrant: Entrant | None = None,
    opened: int | None = None,
    form_of: list[FormField] | None = None,
) -> Response:
    now, speaking = now_ms(), language(shown.languages[0])
    request.state.language = speaking
    shown = as_published(shown, now)
    status = status_of(shown, actions, (), now)
    style = style_of(shown)
    database = server(request).database
    if form_of is None:
        form_of = await database.read(fields.of_campaign, shown)
    policy = page_policy(style).replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    return templates.TemplateResponse(
        request,
        "admin/preview.html",
        {
            "campaign": shown,
            "pictures": await database.read(pictures.of_campaign, shown),
            "visit": Visit(shown.key, ""),
            "news": "",
            "now": now,
            "offer": await database.read(offer.offer_to, shown, None),
            "theme": style,
            "timing": timing_at(shown, now, speaking),
            "entrant": entrant,
            "opened": opened,
            "done": 0,
            "actions": list(zip(actions, status.actions, strict=True)),
            "status": status,
            "friends": {},
            "entered": entrant is not None,
            "fields": [shown_field(each, {}, speaking) for each in asked_of(form_of)],
            "total": 0,
            "words": {},
            "mailed": "",
            "asked": None,
            "mistakes": {},
            "typed": {},
        },
        headers={
            "cache-control": "private, no-store",
            # Sandboxed: no scripts, no forms, no origin.
            "content-security-policy": f"{policy}; sandbox",
            "x-frame-options": "SAMEORIGIN",
        },
    )


TABLE = [
    Route("POST", f"{ONE}/preview", preview_campaign),
    Route("POST", f"{ONE}/preview-action", preview_action),
    Route("POST", f"{ONE}/preview-field", preview_field),
]
