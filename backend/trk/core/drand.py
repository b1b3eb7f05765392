"""drand: public random values that nobody can know before their time, nor change afterwards.

The League of Entropy, organisations that trust each other no further than they must, publishes one
every three seconds on its chain `quicknet`. A value is the SHA-256 of a signature that only enough
of them together can make, and that everybody can check; which number (round) belongs to which
instant is fixed for ever.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

import msgspec
from py_arkworks_bls12381 import GT, G1Point, G2Point

from trk.core.draw import DrawError
from trk.core.rejection import shown

CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
"""The hash of quicknet's parameters, which is its name."""
KEY = (
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c"
    "8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb"
    "5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
"""The chain's public key, a point of BLS12-381's G2."""
SCHEME = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
"""How a round becomes the point of G1 that is signed (RFC 9380): its scheme is called
`bls-unchained-g1-rfc9380`."""
PUBLIC = "https://api.drand.sh"
"""Where everybody can look a value up."""
_GENESIS = 1_692_803_367_000
_PERIOD = 3_000
WAIT = 15 * 60_000
"""How long after a campaign's end (ms) its value comes: by then the list has been published."""
LONGEST = 8_192
"""The most characters that an answer of drand's may have; it has some 250."""
_ROUNDS = range(1, 1 << 64)
_SIGNATURE = re.compile(r"[0-9a-f]{96}")


class Value(NamedTuple):
    """A value of drand's, as hexadecimal digits, with its round and the signature it is made of."""

    round: int
    randomness: str
    signature: str


class _Answer(msgspec.Struct):
    """What drand answers; `randomness` is left out by newer versions."""

    round: int
    signature: str
    randomness: str = ""


def round_for(ended_at: int) -> int:
    """The round that a campaign which ended at `ended_at` (ms) is drawn with: the first one that
    comes at least WAIT after it."""
    return max(1, -((_GENESIS - ended_at - WAIT) // _PERIOD) + 1)


def comes_at(number: int) -> int:
    """When the round `number` is published (ms)."""
    return _GENESIS + (number - 1) * _PERIOD


def path_of(number: int) -> str:
    """The path at which every server of drand's has the round `number`."""
    return f"/{CHAIN}/public/{number}"


def value_of(signature: str) -> str:
    """The value that is made of a signature, both as hexadecimal digits."""
    return hashlib.sha256(bytes.fromhex(signature)).hexdigest()


def is_signed(number: int, signature: str) -> bool:
    """Is this the League's signature of the round `number`?"""
    if number not in _ROUNDS or _SIGNATURE.fullmatch(signature) is None:
        return False
    try:
        point = G1Point.from_compressed_bytes(bytes.fromhex(signature))
    except ValueError:
        return False
    signed = G1Point.hash_to_curve(hashlib.sha256(number.to_bytes(8, "big")).digest(), SCHEME)
    key = G2Point.from_compressed_bytes(bytes.fromhex(KEY))
    return GT.pairing_check([signed, -point], [key, G2Point()])


def read(text: str, number: int) -> Value:
    """The value in what drand answers for the round `number`, checked with its signature.

    Raises DrawError if that is not such an answer.
    """
    expected = f"expected everything that {PUBLIC}{path_of(number)} shows"
    try:
        answer = msgspec.json.decode(text if len(text) <= LONGEST else "", type=_Answer)
    except (msgspec.DecodeError, UnicodeError):
        raise DrawError(f"The value is {shown(text)}; {expected}.") from None
    if answer.round != number:
        raise DrawError(f"The value is from round {answer.round}; {expected}.")
    if not is_signed(number, answer.signature):
        raise DrawError(
            f"The signature is {shown(answer.signature)}, which is not drand's for round {number}; "
            f"{expected}."
        )
    value = value_of(answer.signature)
    if answer.randomness not in ("", value):
        raise DrawError(
            f"The value is {shown(answer.randomness)}, and its signature gives {value}; {expected}."
        )
    return Value(number, value, answer.signature)
