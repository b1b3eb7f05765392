"""Entrants: people who have entered a campaign."""

from __future__ import annotations

from typing import NamedTuple


class Entrant(NamedTuple):
    """A person who entered a campaign."""

    id: int
    name: str
    email: str
