"""Who signs in to manage campaigns."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from trk.store.schema.base import metadata, numbered

# Who signs in to manage campaigns. `first` is 1 for the first owner and empty for all others: of
# two who set the server up at once, the unique key lets one through.
owners = numbered(
    "owners",
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False, unique=True),
    # argon2id in its usual text form; empty while only a mailed link can set a new one.
    Column("password_hash", Text, nullable=False),
    Column("first", Integer, unique=True),
    Column("created_at", BigInteger, nullable=False),
)

owner_sessions = Table(
    "owner_sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("owner_id", BigInteger, ForeignKey("owners.id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    # When the password (and the code) was given last.
    Column("proved_at", BigInteger, nullable=False, server_default="0"),
    # 1: only the password was given, and the code of the second factor is awaited.
    Column("code_due", Integer, nullable=False, server_default="0"),
)

# `secret` is stored as it is, since codes are computed from it; `pending` is one that is being set
# up. No code of a step up to `last_step` is good any more.
second_factors = Table(
    "second_factors",
    metadata,
    Column(
        "owner_id",
        BigInteger,
        ForeignKey("owners.id"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("secret", Text),
    Column("last_step", BigInteger, nullable=False),
    Column("pending", Text),
)

# A code that was used is gone.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("code_hash", Text, primary_key=True),
    Column("owner_id", BigInteger, ForeignKey("owners.id"), nullable=False, index=True),
)

# A link that can be used once: to set the server up, to become an owner, to set a new password
# (`purpose`: setup, owner, password; the last is for `owner_id`).
invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("email", Text, nullable=False, server_default=""),
    Column("owner_id", BigInteger, ForeignKey("owners.id"), index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)
