"""Makes the demo's campaigns through the JSON API: a competition of eight uses, and a reward."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trk_shop.languages import OWN, TEXTS
from trk_shop.tracker import Tracker, TrackerError
from trk_shop.uses import FINDER, USES, VISIT_GUIDE

NAME = "Win a touring bike"
DESCRIPTION = (
    "**Bell & Spoke** is giving away a touring bike. Each of the eight actions below "
    "earns entries, and each entry is a chance to win."
)
ACCENT = "#1f5c4d"
"""The shop's green, as the accent colour of the campaign's page."""
PICTURES = Path(__file__).parent / "pictures"
"""Drawn for the demo: `python -m e2e.artwork` makes the files of the drawings."""


CLUB_NAME = "The riders’ club"
CLUB_DESCRIPTION = "Do any two of these and get **10% off** your next order."


def make_campaign(tracker: Tracker, shop: str) -> None:
    """Make whatever is missing of the campaign; `shop` is the shop's address.

    A second start so continues with what the first one made. Raises TrackerError.
    """
    if _create(tracker, shop, name=NAME, description=DESCRIPTION, tab_text="Win a bike"):
        bike = tracker.add_prize(
            title="A touring bike", description="In the colour of your choice."
        )
        bell = tracker.add_prize(title="A brass bell", winners=10)
        _show(tracker, "banner", "banner", "A touring bike in front of green hills")
        _show(tracker, "logo", "logo", "Bell & Spoke")
        _show(tracker, f"prize-{bike}", "bike", "An orange touring bike with a basket of flowers")
        _show(tracker, f"prize-{bell}", "brass-bell", "A brass bell on a handlebar")
    there = {action["tracking_name"] for action in tracker.actions()}
    for use in USES:
        if use.tracking_name not in there:
            tracker.add_action(
                title=use.title,
                tracking_name=use.tracking_name,
                url=shop + use.path,
                description=use.text,
                worth=use.worth,
                icon=use.icon,
            )
    _translate(tracker)


def make_club(tracker: Tracker, shop: str) -> None:
    """The same for the club's campaign: a code for any two of its actions: tracked, answered, or
    done by a friend who enters.
    """
    if _create(
        tracker,
        shop,
        name=CLUB_NAME,
        description=CLUB_DESCRIPTION,
        kind="reward",
        reward_kind="shared",
        reward_value="RIDE10",
        reward_note="Enter it with your next order. (This shop is made up, and so is the code.)",
        reward_after=2,
        background="#fbf6ec",
        font="serif",
    ):
        _show(tracker, "banner", "club", "A pannier, a saddle, a bottle and a basket on a shelf")
        _show(tracker, "logo", "logo", "Bell & Spoke")
    there = {action["tracking_name"] for action in tracker.actions()}
    tracked = [
        {
            "title": use.title,
            "tracking_name": use.tracking_name,
            "url": shop + use.path,
            "icon": use.icon,
        }
        for use in (VISIT_GUIDE, FINDER)
    ]
    asked = {
        "title": "Answer a question",
        "tracking_name": "Question",
        "verification": "question",
        "question": "What eats chains in winter? (It is in the guide.)",
        "answer_pattern": "(?i)(road )?salt|(streu)?salz|(ال)?ملح",
    }
    referred: dict[str, Any] = {
        "title": "Bring a friend",
        "tracking_name": "Friend",
        "description": "Somebody you like to ride with joins the club.",
        "verification": "referral",
        "friends": 1,
        "icon": "friend",
    }
    for action in [*tracked, asked, referred]:
        if action["tracking_name"] not in there:
            tracker.add_action(**action)
    _translate(tracker)


def _translate(tracker: Tracker) -> None:
    """Give the texts that lack one in a language of the campaign's; what there is stays."""
    for language in tracker.languages()[1:]:
        given = TEXTS.get(language, {})
        lacking = {
            each["place"]: given[each["own"]]
            for each in tracker.texts(language)
            if not each["text"] and each["own"] in given
        }
        if lacking:
            tracker.put_texts(language, lacking)


def _show(tracker: Tracker, place: str, name: str, alt: str) -> None:
    tracker.put_picture(place, PICTURES / f"{name}.webp", alt)


def _create(tracker: Tracker, shop: str, **fields: object) -> bool:
    """Make the campaign, in the shop's colour, in all its languages and allowed on its pages; False
    if it exists."""
    try:
        tracker.create_campaign(
            accent=ACCENT, allowed_origins=[shop], languages=[OWN, *TEXTS], **fields
        )
    except TrackerError as refusal:
        if refusal.status != 409:
            raise
        return False
    return True
