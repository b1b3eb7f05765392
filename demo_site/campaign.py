"""Makes the demo's campaign, with one action for each use, through the JSON API."""

from __future__ import annotations

from demo_site.tracker import Tracker, TrackerError
from demo_site.uses import USES

NAME = "Win a touring bike"
DESCRIPTION = (
    "**Bell & Spoke** gives away one touring bike. Do what you like in our shop: "
    "each of the eight actions below earns entries, and each entry is a chance."
)
ACCENT = "#1f5c4d"
"""The shop's own green: the campaign's page takes its colour from it."""


def make_campaign(tracker: Tracker, shop: str) -> None:
    """Make what of the campaign isn't there yet; `shop` is the shop's address.

    So a second start goes on with what the first one made. Raises TrackerError.
    """
    try:
        tracker.create_campaign(name=NAME, description=DESCRIPTION, accent=ACCENT)
    except TrackerError as refusal:
        if refusal.status != 409:
            raise
    there = {action["tracking_name"] for action in tracker.actions()}
    for use in USES:
        if use.tracking_name not in there:
            tracker.add_action(
                title=use.title,
                tracking_name=use.tracking_name,
                url=shop + use.path,
                description=use.text,
                worth=use.worth,
            )
