"""`trk token`: creating, narrowing, listing and revoking tokens of the API."""

from __future__ import annotations

from pathlib import Path

from tests.backend.command_line import Run, ok, refused


def test_a_token_is_printed_once_and_stored_as_a_hash(trk: Run, tmp_path: Path) -> None:
    token = ok(trk("token", "create", "laptop")).strip()
    assert token.startswith("trk_")
    assert token.encode() not in (tmp_path / "trk.db").read_bytes()


def test_tokens_are_narrowed_listed_and_revoked(trk: Run) -> None:
    ok(trk("campaign", "create", "Win a bike", "--key", "y2sB7"))
    ok(trk("token", "create", "laptop"))
    narrow = ("--scope", "beacons", "--scope", "read", "--days", "90", "--campaign", "y2sB7")
    ok(trk("token", "create", "shop", *narrow))
    first, second = (line.split("\t") for line in ok(trk("token", "list")).splitlines())
    assert first[1:] == [
        *("laptop", "read,personal,write,beacons,draw", "all campaigns", "forever", "never used"),
    ]
    assert second[1:4] == ["shop", "read,beacons", "y2sB7"]
    assert second[4].startswith("until 20")
    ok(trk("token", "revoke", first[0]))
    assert len(ok(trk("token", "list")).splitlines()) == 1
    refused(trk("token", "revoke", first[0]), f"There is no token with the id {first[0]}.")
    refused(trk("token", "create", "x", "--campaign", "nosuch"), "There is no campaign")
    refused(trk("token", "create", "x", "--scope", "admin"), "'admin' is not one of")


def test_what_is_no_number_is_called_that(trk: Run) -> None:
    refused(trk("token", "revoke", "x"), "'x' is not a valid whole number.")
    refused(trk("token", "create", "x", "--days", "1.5"), "'1.5' is not a valid whole number.")
    assert "--days NUMBER" in ok(trk("token", "create", "--help"))
