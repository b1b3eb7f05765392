"""How an installation is recognised."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from trk.store.schema.base import metadata

# One row, by which an installation is recognised: see store/instance.py.
instance = Table(
    "instance",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    # Keys the hashes of networks: see core/network.
    Column("secret", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    # Of the server that started last; none has since an older version.
    Column("public_url", Text),
    # PostgreSQL's alone, where standbys are asked: see store/history.py.
    Column("history", Text),
)
