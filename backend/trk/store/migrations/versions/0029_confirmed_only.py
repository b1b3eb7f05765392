"""Campaigns that count only confirmed e-mails; from which network and mailbox each entrant is."""

import secrets
import unicodedata

import idna
import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None

_PART = 1_000
_TAKING_PART = "blocked_at IS NULL AND erased_at IS NULL"
_INDEXES = {
    "ix_entrants_network": (
        ["campaign_id", "network", "created_at"],
        f"network IS NOT NULL AND {_TAKING_PART}",
    ),
    "ix_entrants_mailbox": (["campaign_id", "mailbox"], f"mailbox IS NOT NULL AND {_TAKING_PART}"),
    "ix_entrants_unconfirmed": (["campaign_id"], f"confirmed_at IS NULL AND {_TAKING_PART}"),
}


def upgrade() -> None:
    op.add_column(
        "campaigns", sa.Column("confirmed_only", sa.Integer, nullable=False, server_default="0")
    )
    op.add_column("draws", sa.Column("unconfirmed", sa.BigInteger))
    op.add_column("entrants", sa.Column("network", sa.Text))
    op.add_column("entrants", sa.Column("mailbox", sa.Text))
    _spell_mailboxes()
    for name, (columns, where) in _INDEXES.items():
        condition = sa.text(where)
        op.create_index(
            name, "entrants", columns, sqlite_where=condition, postgresql_where=condition
        )
    _add_secret()


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "entrants")
    for table, column in (
        ("instance", "secret"),
        ("entrants", "mailbox"),
        ("entrants", "network"),
        ("draws", "unconfirmed"),
        ("campaigns", "confirmed_only"),
    ):
        op.drop_column(table, column)


def _spell_mailboxes() -> None:
    connection, after = op.get_bind(), 0
    some = sa.text(
        "SELECT id, email FROM entrants WHERE id > :after AND erased_at IS NULL "
        f"ORDER BY id LIMIT {_PART}"
    )
    spell = sa.text("UPDATE entrants SET mailbox = :mailbox WHERE id = :id")
    while rows := connection.execute(some, {"after": after}).all():
        spelt = [{"id": row.id, "mailbox": _mailbox_of(row.email)} for row in rows]
        connection.execute(spell, spelt)
        after = rows[-1].id


def _mailbox_of(email: str) -> str:
    local, _, domain = unicodedata.normalize("NFKC", email.strip()).casefold().rpartition("@")
    try:
        domain = idna.encode(domain.rstrip("."), uts46=True).decode()
    except idna.IDNAError:
        domain = domain.rstrip(".")
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", "") or local, "gmail.com"
    return f"{local}@{domain}"


def _add_secret() -> None:
    with op.batch_alter_table("instance") as instance:
        instance.add_column(sa.Column("secret", sa.Text, nullable=False, server_default=""))
    op.get_bind().execute(
        sa.text("UPDATE instance SET secret = :secret"), {"secret": secrets.token_hex(32)}
    )
    with op.batch_alter_table("instance") as instance:
        instance.alter_column("secret", server_default=None)
