"""Renders the owner's pages: their layout, navigation and content security policy."""

from __future__ import annotations

from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.core.reward import RewardKind
from trk.web.forms import FormErrors
from trk.web.pages import templates

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' https: data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-src 'self'",  # the preview
        "frame-ancestors 'none'",
    )
)
_SAID = {"saved": "Saved.", "added": "Added.", "deleted": "Deleted."}
"""What the address of a page says has just been done, in words."""
_NO_FORM = FormErrors({}, {}, 200)


class Tab(NamedTuple):
    """One of a campaign's pages: its name, its path, and which campaigns have it; `several` are
    those of several languages."""

    name: str
    path: str
    kind: str | None = None
    reward_kind: RewardKind | None = None
    several: bool = False

    def is_for(self, campaign: Campaign) -> bool:
        """Does this campaign have this page?"""
        return (
            self.kind in (None, campaign.kind)
            and self.reward_kind in (None, campaign.reward_kind)
            and (not self.several or len(campaign.languages) > 1)
        )


TABS = (
    Tab("Overview", ""),
    Tab("Settings", "/settings"),
    Tab("Actions", "/actions"),
    Tab("Form", "/fields"),
    Tab("Install", "/install"),
    Tab("Prizes", "/prizes", kind="competition"),
    Tab("Languages", "/languages", several=True),
    Tab("Codes", "/codes", kind="reward", reward_kind="codes"),
    Tab("Entrants", "/entrants"),
    Tab("Entries", "/entries"),
    Tab("Draw", "/draw", kind="competition"),
    Tab("Claims", "/claims", kind="reward"),
    Tab("Log", "/log"),
    Tab("Webhooks", "/webhooks"),
)
"""A campaign's pages, in the order shown."""


def render(
    request: Request, template: str, form: FormErrors = _NO_FORM, /, **context: Any
) -> Response:
    """Render a template of templates/admin, with what its form shows.

    A `campaign` in the context gets its tabs, of which `tab` is the current one, and `page`, where
    its owner sees what entrants see. `owner` is whoever is signed in, or None; `said` is what has
    just been done.
    """
    campaign = context.get("campaign")
    done = request.query_params if request.method == "GET" else {}
    frame = {
        "owner": getattr(request.state, "owner", None),
        "page": _page_of(campaign) if campaign is not None else "",
        "tabs": [tab for tab in TABS if campaign is not None and tab.is_for(campaign)],
        "redisplay": getattr(request.state, "redisplay", False),
        "said": next((_SAID[each] for each in _SAID if each in done), ""),
        "mistakes": form.at,
        "typed": form.typed,
    }
    return templates.TemplateResponse(
        request,
        f"admin/{template}",
        {**frame, **context},
        form.status_code,
        {"cache-control": "private, no-store", "content-security-policy": _POLICY},
    )


def _page_of(campaign: Campaign) -> str:
    """Where an owner sees the campaign's page; of a draft, by its preview."""
    return f"/admin/campaigns/{campaign.key}/page" if campaign.draft else f"/{campaign.key}"
