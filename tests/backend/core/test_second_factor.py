"""Codes by time: which one is good when, and once only."""

from __future__ import annotations

import pytest

from trk.core.second_factor import code_in, in_groups, is_of_app, key_uri, step_of

KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The key of RFC 6238's test vectors; six digits of their eight are compared."""


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_the_standard(second: int, code: str) -> None:
    step = second // 30
    assert step_of(KEY, code, second * 1000, 0) == step
    # One step of drift, and no more.
    assert step_of(KEY, code, (second + 30) * 1000, 0) == step
    assert step_of(KEY, code, (second + 60) * 1000, 0) is None
    if second > 60:
        assert step_of(KEY, code, (second - 30) * 1000, 0) == step
        assert step_of(KEY, code, (second - 60) * 1000, 0) is None
    # No code twice, nor one before it.
    assert step_of(KEY, code, second * 1000, step) is None
    assert step_of(KEY, code, second * 1000, step + 1) is None
    assert step_of(KEY, code, second * 1000, step - 1) == step


@pytest.mark.parametrize(
    "code", ["", "28708", "2870822", "287 082", "-87082", "abcdef", "２８７０８２"]
)
def test_what_is_no_code_is_wrong(code: str) -> None:
    assert step_of(KEY, code, 59_000, 0) is None


def test_a_code_is_read_however_it_was_typed() -> None:
    assert code_in(" 287 082 ") == code_in("287-082") == code_in("２８７０８２") == "287082"
    assert code_in("abcd-efgh jkmn pqrs") == "ABCDEFGHJKMNPQRS"
    assert len(code_in("A" * 5000)) == 100
    assert is_of_app("287082")
    assert not is_of_app("28708")
    assert not is_of_app("ABCDEFGHJKMNPQRS")
    assert in_groups("ABCDEFGHJKMNPQRS") == "ABCD-EFGH-JKMN-PQRS"


def test_an_app_is_told_whose_key_it_is_and_of_which_server() -> None:
    uri = key_uri(KEY, "ann@example.org", "track.example.org")
    assert uri.startswith("otpauth://totp/track.example.org:ann%40example.org?secret=")
    assert "issuer=track.example.org" in uri
