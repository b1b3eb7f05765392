"""Entrants: people who have entered a campaign."""

from __future__ import annotations

from typing import NamedTuple


class Entrant(NamedTuple):
    """A person who entered a campaign, in that `language`; empty for the campaign's own."""

    id: int
    name: str
    email: str
    language: str = ""
