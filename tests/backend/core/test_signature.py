"""Signatures: what another implementation makes is accepted, and nothing else."""

from __future__ import annotations

import pytest

from trk.core.signature import is_signed, sign

# By another implementation: printf 'y2sB7\nPurchase\norder-17' | openssl dgst -sha256 -hmac s3cret
KNOWN = "fbc1252390e2676faed4c1524667da7fd4243df4f8319adce959b3aa021d94fc"
KNOWN_EMPTY = "2f678470b812ad365eb596e5042806af136b71b7c3d454e699adbee805315582"


def test_a_signature_is_the_one_that_openssl_makes() -> None:
    assert sign("s3cret", "y2sB7", "Purchase", "order-17") == KNOWN
    assert sign("s3cret", "y2sB7", "Purchase", None) == KNOWN_EMPTY


@pytest.mark.parametrize(
    ("secret", "key", "name", "value", "signature", "good"),
    [
        ("s3cret", "y2sB7", "Purchase", "order-17", KNOWN, True),
        ("s3cret", "y2sB7", "Purchase", "order-17", KNOWN.upper(), True),
        ("other", "y2sB7", "Purchase", "order-17", KNOWN, False),
        ("s3cret", "y2sB8", "Purchase", "order-17", KNOWN, False),
        ("s3cret", "y2sB7", "purchase", "order-17", KNOWN, False),
        ("s3cret", "y2sB7", "Purchase", "order-18", KNOWN, False),
        ("s3cret", "y2sB7", "Purchase", None, KNOWN, False),
        ("s3cret", "y2sB7", "Purchase", "order-17", KNOWN[:-1], False),
        ("s3cret", "y2sB7", "Purchase", "order-17", "", False),
        ("s3cret", "y2sB7", "Purchase", "order-17", "№ ü", False),
    ],
)
def test_only_the_right_signature_of_the_very_pair_is_accepted(
    secret: str, key: str, name: str, value: str | None, signature: str, good: bool
) -> None:
    assert is_signed(secret, key, name, value, signature) is good
