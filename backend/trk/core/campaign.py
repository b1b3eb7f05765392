"""What a campaign and its custom actions are, and when they are open."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Annotated, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from trk.core.days import day_at
from trk.core.icon import Icon
from trk.core.instant import Instant, local
from trk.core.look import Corners, Font, Scheme
from trk.core.mistakes import Line, LongText, from_to, said
from trk.core.rejection import Rejection, RejectionReason
from trk.core.reward import RewardKind
from trk.core.setting import AS_TYPED
from trk.core.texts import (
    Address,
    Colour,
    Key,
    Languages,
    Origins,
    Pattern,
    StyleSheet,
    TabText,
    Timezone,
)
from trk.core.tracking_name import forms

At = TypeVar("At")

Kind = Literal["competition", "reward"]
Frequency = Literal["once", "daily"]
State = Literal["draft", "not_started", "open", "ended", "closed"]
TabPosition = Literal["right", "left", "bottom_right", "bottom_left"]
"""Where in the customer's page the tab of `ol.js` is; `tab_text` is what it says."""
Verification = Literal["ill_know", "question", "tracking", "question_or_tracking", "referral"]
"""How an action is verified: by the entrant's word, an answer, a beacon, one of the last two, or by
friends who enter."""

FRIENDS = 5
"""How many friends complete a referral, if its owner says nothing else."""
ONCE = ""
"""The `day` of a completion that can happen only once."""


class CampaignSettings(msgspec.Struct, Generic[At], forbid_unknown_fields=True, frozen=True):
    """What an owner sets of a campaign, with instants of the type `At`: see setting.py.

    `languages` are those of its pages and mails, its own first; `accent` and `background` are
    colours such as `#0a7cff`, or empty; `css` is a style sheet of the owner's own (see
    stylesheet.py); `allowed_origins` may frame it; `reward_value` is the shared code or the
    address, `reward_note` how to use it. `confirmed_only`: who has not confirmed their e-mail is in
    no draw and gets no reward yet.
    """

    name: Line
    key: Key | None = None
    kind: Kind = "competition"
    description: LongText = ""
    timezone: Timezone = "UTC"
    languages: Languages = ("en",)
    starts_at: At | None = None
    ends_at: At | None = None
    show_entries: bool = True
    ask_consent: bool = False
    honour_gpc: bool = False
    confirmed_only: bool = False
    accent: Colour = ""
    background: Colour = ""
    scheme: Scheme = "both"
    corners: Corners = "rounded"
    font: Font = "system"
    css: StyleSheet = ""
    terms: Annotated[str, said(0, 50_000), AS_TYPED] = ""
    allowed_origins: Origins = ()
    reward_kind: RewardKind = "none"
    reward_value: str = ""
    reward_note: LongText = ""
    reward_after: Annotated[int, from_to(1, 1_000, "actions")] = 1
    tab_text: TabText = ""
    tab_position: TabPosition = "right"


class Campaign(CampaignSettings[Instant], frozen=True, kw_only=True):
    """A competition or a reward, as it is stored.

    `secret` signs pairs; `version` rises by one with every change. Without `has_webhooks` the path
    of the beacons does not ask for endpoints. A draft has no `published_at` yet.
    """

    id: int
    key: str
    slug: str
    created_at: Instant = 0
    closed_at: Instant | None = None
    published_at: Instant | None = 0
    secret: str = ""
    has_webhooks: bool = False
    version: int = 1

    @property
    def draft(self) -> bool:
        """Is it not published yet? Then only its owners see it, and whom they give the preview."""
        return self.published_at is None

    def __repr__(self) -> str:
        """Without its secret, which must not get into a log."""
        return f"<campaign {self.id} {self.key}>"


class ActionSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What an owner sets of a custom action; `worth` is in entries.

    `answer_pattern` must match an answer in full (empty: any answer). `unique_value`: each value
    counts for one entrant only. `signed`: a tracking needs the customer's signature. `friends`: how
    many friends complete a referral at most, once each.
    """

    title: Line
    tracking_name: Line
    url: Address = ""
    description: LongText = ""
    worth: Annotated[int, from_to(0, 1_000_000, "entries")] = 1
    frequency: Frequency = "once"
    verification: Verification = "tracking"
    question: str = ""
    answer_pattern: Pattern = ""
    unique_value: bool = False
    signed: bool = False
    friends: Annotated[int, from_to(1, 1_000, "friends")] = FRIENDS
    icon: Icon = "auto"


class Action(ActionSettings, frozen=True, kw_only=True):
    """Something an entrant can complete, as it is stored.

    `name_folded` is what its tracking name is found by. Of two actions of an older version whose
    names are one by now, one has it in its older form.
    """

    id: int
    campaign_id: int
    created_at: Instant = 0
    version: int = 1
    name_folded: str = ""

    @property
    def tracks(self) -> bool:
        """Can a beacon complete it?"""
        return self.verification in ("tracking", "question_or_tracking")

    @property
    def refers(self) -> bool:
        """Do friends complete it who enter?"""
        return self.verification == "referral"

    @property
    def asks(self) -> bool:
        """Can an answer to its question complete it?"""
        return self.verification in ("question", "question_or_tracking")


ByName = Mapping[str, Action]
"""A campaign's actions by what their tracking name is found by."""


def by_name(actions: Iterable[Action]) -> ByName:
    """A campaign's actions, to be found by `named`."""
    return {action.name_folded: action for action in actions}


def named(actions: ByName, name: str) -> Action | None:
    """The action with this tracking name, or None."""
    for form in forms(name):
        if (action := actions.get(form)) is not None:
            return action
    return None


def slug(name: str) -> str:
    """`name` as the readable part of the campaign's address: `Win a bike!` gives `win-a-bike`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    made = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60].rstrip("-")
    return "-".join(filter(None, [made, "campaign"])) if made in _ADDRESSES else made


_ADDRESSES = frozenset({"", "beacon", "confirm", "draw", "enter", "frame", "go", "leave", "status"})
"""These mean something else after a campaign's key, and so can't be its readable part."""


def state_at(campaign: Campaign, instant: int) -> State:
    """The campaign's state at `instant` (ms): it opens at its start and is over at its end, once it
    is published."""
    if campaign.draft:
        return "draft"
    if campaign.closed_at is not None and instant >= campaign.closed_at:
        return "closed"
    if campaign.starts_at is not None and instant < campaign.starts_at:
        return "not_started"
    if campaign.ends_at is not None and instant >= campaign.ends_at:
        return "ended"
    return "open"


def as_published(campaign: Campaign, instant: int) -> Campaign:
    """The campaign as it is once it is published, which a draft is at `instant` (ms)."""
    if not campaign.draft:
        return campaign
    return msgspec.structs.replace(campaign, published_at=instant)


def over_since(campaign: Campaign, instant: int) -> int | None:
    """When the campaign ended, if it is over at `instant` (both in ms): at its end, or when it was
    closed before that."""
    if state_at(campaign, instant) not in ("ended", "closed"):
        return None
    ends = [each for each in (campaign.ends_at, campaign.closed_at) if each is not None]
    return min(each for each in ends if each <= instant)


def refusal_at(campaign: Campaign, instant: int) -> Rejection | None:
    """Why nothing unlocks at `instant` (ms), or None while the campaign is open."""
    state = state_at(campaign, instant)
    if state == "open":
        return None
    if state == "draft":
        return not_published(campaign.key)
    if state == "not_started":
        when, reason, said = campaign.starts_at, RejectionReason.NOT_STARTED, "starts at"
    elif state == "ended":
        when, reason, said = campaign.ends_at, RejectionReason.ENDED, "ended at"
    else:
        when, reason, said = campaign.closed_at, RejectionReason.CLOSED, "was closed at"
    assert when is not None
    return Rejection(
        reason,
        f"Campaign {campaign.key} {said} {minute_at(campaign, when)}; "
        "anything outside that time is logged but unlocks nothing.",
    )


def not_published(key: str) -> Rejection:
    """Why nothing is stored for the campaign with this key, which is a draft."""
    return Rejection(
        RejectionReason.DRAFT,
        f"Campaign {key} is a draft: nothing is tracked until its owner publishes it.",
    )


def minute_at(campaign: Campaign, instant: int) -> str:
    """`instant` (ms) as refusals name it: `2026-11-29 18:00 (Europe/Berlin)`."""
    shown = local(instant, ZoneInfo(campaign.timezone))
    return f"{shown:%Y-%m-%d %H:%M} ({campaign.timezone})"


def day_key(action: Action, timezone: str, instant: int) -> str:
    """What makes a completion of `action` unique for its entrant: the day of `instant`, or ONCE."""
    return ONCE if action.frequency == "once" else day_at(timezone, instant)
