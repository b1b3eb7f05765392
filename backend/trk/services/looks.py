"""How campaigns looked when somebody last saw them, for the pages that have to be shown while the
database is away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.store.pictures import Picture


class PageLook(NamedTuple):
    """What a campaign's pages have in common, in the language in which they were shown."""

    campaign: Campaign
    pictures: Mapping[str, Picture]


class Looks:
    """Those of one process; of so many campaigns (`capacity`) those that were seen last."""

    def __init__(self, capacity: int = 200) -> None:
        self._capacity = capacity
        self._seen: dict[str, PageLook] = {}

    def remember(self, look: PageLook) -> None:
        """Keep this one; that of a draft is nobody's business."""
        self._seen.pop(look.campaign.key, None)
        if not look.campaign.draft:
            self._seen[look.campaign.key] = look
        if len(self._seen) > self._capacity:
            del self._seen[next(iter(self._seen))]

    def of(self, key: str) -> PageLook | None:
        """How the campaign with this key looked, or None."""
        return self._seen.get(key)
