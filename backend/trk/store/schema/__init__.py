"""The current schema of both databases, one file for each noun; the migrations lead to it.

Instants are milliseconds since 1970-01-01 UTC. Tables that grow with the traffic are laid out for
appending: their keys rise with time. Each file adds its tables to `metadata`.
"""

from __future__ import annotations

from trk.store.schema import (  # noqa: F401 (each adds its tables)
    api,
    audit,
    campaigns,
    completions,
    draws,
    entrants,
    fields,
    instance,
    limits,
    mails,
    owners,
    pictures,
    rewards,
    trackings,
    translations,
    visitors,
    webhooks,
)
from trk.store.schema.base import metadata

__all__ = ["metadata"]
