"""What the migration makes of a database with data: mailboxes are spelt, and nothing is asked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from tests.backend.migrating import down, on, up

ENTRANTS = {
    1: ("A.nn+1@GoogleMail.com", "ann@gmail.com"),
    2: ("ann@bücher.example", "ann@xn--bcher-kva.example"),
    3: ("", None),  # erased
}


def _migrated(connection: Connection) -> dict[str, Any]:
    down(connection, "0017")
    connection.execute(text("INSERT INTO instance (n, name, made_at) VALUES (1, 'i', 1)"))
    connection.execute(
        text(
            "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
            "VALUES (1, 'y2sB7', 'Win', 'win', 'reward', 'UTC', 's', 1)"
        )
    )
    for number, (email, mailbox) in ENTRANTS.items():
        connection.execute(
            text(
                "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at, "
                "erased_at) VALUES (:id, 1, 'Ann', :email, :folded, 1, :erased)"
            ),
            {
                "id": number,
                "email": email,
                "folded": f"{email}{number}",
                "erased": None if mailbox else 1,
            },
        )
    up(connection)
    found: dict[str, Any] = {
        "mailboxes": connection.execute(text("SELECT id, mailbox FROM entrants ORDER BY id")).all(),
        "networks": connection.execute(text("SELECT DISTINCT network FROM entrants")).scalar(),
        "confirmed_only": connection.execute(text("SELECT confirmed_only FROM campaigns")).scalar(),
        "secret": connection.execute(text("SELECT secret FROM instance")).scalar(),
    }
    down(connection, "0017")
    up(connection)
    found["another"] = connection.execute(text("SELECT secret FROM instance")).scalar()
    return found


def test_a_database_with_data_gets_mailboxes_a_secret_and_no_new_demands(
    database_url: str,
) -> None:
    found = on(database_url, _migrated)
    assert [tuple(row) for row in found["mailboxes"]] == [
        (number, mailbox) for number, (_, mailbox) in ENTRANTS.items()
    ]
    assert found["networks"] is None
    assert found["confirmed_only"] == 0
    assert len(found["secret"]) == 64
    assert found["another"] != found["secret"]
