"""The migration lets stored addresses be found by their lower case, and there is a way back."""

from __future__ import annotations

from sqlalchemy import Connection, text

from tests.backend.migrating import down, on, up
from trk.core.mailbox import folded

ENTRANTS = {1: "Ann@straße.de", 2: "ann@example.org", 3: "ſann@a.de", 4: "", 5: "ben@bücher.de"}


def _found_by(connection: Connection) -> list[str]:
    sql = "SELECT email_folded FROM entrants ORDER BY id"
    return [row[0] for row in connection.execute(text(sql))]


def _add(connection: Connection, number: int, email: str, by: str) -> None:
    sql = (
        "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at) "
        "VALUES (:id, 1, 'Ann', :email, :folded, 1)"
    )
    connection.execute(text(sql), {"id": number, "email": email, "folded": by})


def _migrated(connection: Connection) -> tuple[list[str], list[str], str]:
    down(connection, "0058")
    campaign = (
        "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
        "VALUES (1, 'y2sB7', 'Win', 'win', 'reward', 'UTC', 's', 1)"
    )
    connection.execute(text(campaign))
    owner = (
        "INSERT INTO owners (id, name, email, email_folded, password_hash, created_at) "
        "VALUES (1, 'Ann', 'ann@straße.de', 'ann@strasse.de', 'x', 1)"
    )
    connection.execute(text(owner))
    for number, email in ENTRANTS.items():
        _add(connection, number, email, email.casefold() or "ERASED 4")
    up(connection)
    upgraded = _found_by(connection)
    owned: str = connection.execute(text("SELECT email_folded FROM owners")).scalar_one()
    _add(connection, 6, "ann@strasse.de", "ann@strasse.de")
    down(connection, "0058")
    back = _found_by(connection)
    up(connection)
    assert _found_by(connection) == [*upgraded, "ann@strasse.de"]
    return upgraded, back, owned


def test_addresses_that_were_folded_are_found_again_and_nobody_s_is_taken(
    database_url: str,
) -> None:
    upgraded, back, owned = on(database_url, _migrated)
    assert upgraded == [folded(email) or "ERASED 4" for email in ENTRANTS.values()]
    assert back == [
        *("ann@straße.de", "ann@example.org", "sann@a.de", "ERASED 4", "ben@bücher.de"),
        "ann@strasse.de",
    ]
    assert owned == "ann@straße.de"
