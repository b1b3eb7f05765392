"""How the owner's pages are shown: their frame, their navigation, their content policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.core.reward import RewardKind
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


class Tab(NamedTuple):
    """A page of a campaign: its name, its address behind the campaign's, and for which it is."""

    name: str
    path: str
    kind: str | None = None
    reward_kind: RewardKind | None = None

    def is_for(self, campaign: Campaign) -> bool:
        """Does this campaign have the page?"""
        return self.kind in (None, campaign.kind) and self.reward_kind in (
            None,
            campaign.reward_kind,
        )


TABS = (
    Tab("Overview", ""),
    Tab("Settings", "/settings"),
    Tab("Actions", "/actions"),
    Tab("Install", "/install"),
    Tab("Prizes", "/prizes", kind="competition"),
    Tab("Codes", "/codes", kind="reward", reward_kind="codes"),
    Tab("Entrants", "/entrants"),
    Tab("Entries", "/entries"),
    Tab("Draw", "/draw", kind="competition"),
    Tab("Claims", "/claims", kind="reward"),
    Tab("Log", "/log"),
    Tab("Webhooks", "/webhooks"),
)
"""The pages of a campaign, in the order in which they are shown."""


def render(
    request: Request,
    template: str,
    context: Mapping[str, Any],
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page of templates/admin. A `campaign` in the context gets its tabs, `tab` is the open one.

    `owner` is who is signed in, or nobody.
    """
    campaign = context.get("campaign")
    frame = {
        "owner": getattr(request.state, "owner", None),
        "tabs": [tab for tab in TABS if campaign is not None and tab.is_for(campaign)],
        "redisplay": getattr(request.state, "redisplay", False),
    }
    return templates.TemplateResponse(
        request,
        f"admin/{template}",
        {**frame, **context},
        status_code,
        {
            "cache-control": "private, no-store",
            "content-security-policy": _POLICY,
            **(headers or {}),
        },
    )
