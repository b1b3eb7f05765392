"""The script of a campaign as it is now, and copies of it that are pinned to an address for good.

A pinned copy is stored, so that its address gives the same bytes (and so the same integrity hash)
also after an upgrade of the server or a change of the campaign's settings.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.colour import ACCENT, on
from trk.core.language import Language, language
from trk.core.mistakes import DraftError
from trk.settings import Settings
from trk.store import scripts
from trk.store.database import Database
from trk_sdk import builder, snippet

_OWN: Mapping[str, Campaign] = {}


@dataclass(frozen=True, slots=True)
class Pinned:
    """A pinned script: its release, address, integrity (as browsers check it), and tag."""

    release: str
    url: str
    integrity: str
    tag: str


def script_of(
    campaign: Campaign,
    settings: Settings,
    kind: builder.Kind = "trk",
    said: Mapping[str, Campaign] = _OWN,
) -> str:
    """A script of this campaign, which is `said` in some languages with other texts; the first call
    of a process waits for the minifier."""
    colour = campaign.accent or ACCENT
    return builder.script(
        campaign.key,
        settings.public_url,
        global_name=settings.global_name,
        ask_consent=campaign.ask_consent,
        honour_gpc=campaign.honour_gpc,
        kind=kind,
        widget=builder.Widget(
            tuple(_words(said.get(tag, campaign), language(tag)) for tag in campaign.languages),
            campaign.allowed_origins,
            campaign.tab_position,
            colour,
            on(colour),
        ),
    )


def _words(campaign: Campaign, spoken: Language) -> builder.Words:
    usual = spoken.gettext("Win") if campaign.kind == "competition" else spoken.gettext("Rewards")
    return builder.Words(
        spoken.tag, campaign.name, campaign.tab_text or usual, spoken.gettext("Close")
    )


async def pin(database: Database, campaign: Campaign, settings: Settings) -> Pinned:
    """Pin the script as it is now; pinning the same script again gives the same address.

    Raises DraftError for a campaign that is not published yet: a pinned script is everybody's.
    """
    if campaign.draft:
        raise DraftError(f"Campaign {campaign.key} is a draft. Publish it first.")
    text = script_of(campaign, settings)
    release = f"{builder.VERSION}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    await database.write(scripts.pin, campaign, release, text, now_ms())
    digest = base64.b64encode(hashlib.sha384(text.encode()).digest()).decode()
    url = f"{settings.public_url}/{campaign.key}/trk-{release}.js"
    integrity = f"sha384-{digest}"
    return Pinned(release, url, integrity, snippet.pinned_tag(url, integrity))
