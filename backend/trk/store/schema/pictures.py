"""Pictures that owners have uploaded, each in the sizes in which it is shown."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from trk.store.schema.base import in_campaign, index_by_id, metadata, numbered_in_campaign

pictures = numbered_in_campaign(
    "pictures",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    # banner, logo, prize-12, action-7: see core/picture.
    Column("place", Text, nullable=False),
    # Of its sizes: its address has it, so that what is there never changes.
    Column("hash", Text, nullable=False),
    Column("alt", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Unique("campaign_id", "place"),
)
index_by_id(pictures, unique=True)

picture_files = Table(
    "picture_files",
    metadata,
    Column("picture_id", BigInteger, primary_key=True),
    Column("width", Integer, primary_key=True),
    Column("campaign_id", BigInteger, primary_key=True),
    Column("height", Integer, nullable=False),
    # WebP.
    Column("content", LargeBinary, nullable=False),
    in_campaign("picture_id", "pictures"),
)
