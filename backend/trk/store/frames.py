"""What the processes of one server say to each other about beacons: groups, and their replies.

A frame is a length of four bytes and as many bytes of MessagePack. Both ends are the same program,
forked from the same parent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from trk.core import beacon as beacons
from trk.core.beacon import Answer, Beacon
from trk.core.rejection import Rejection, RejectionReason
from trk.store import errors
from trk.store.errors import DatabaseError
from trk.store.submissions import Reply, Submission

_HEAD = 4
_REASONS = {reason.code: reason for reason in RejectionReason}
_ERRORS = {
    kind.__name__: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, DatabaseError)
}


class _Sent(msgspec.Struct, array_like=True):
    """A submission; `malformed` is what its beacon does not spell out."""

    key: str
    beacon: Beacon
    malformed: dict[int, str]
    received_at: int
    vouched: bool
    entrant_id: int | None
    origin_host: str | None
    tested: bool


class Group(msgspec.Struct, array_like=True):
    """Submissions that a worker wants to have stored; none, to see that something can be."""

    number: int
    sent: list[_Sent]

    def submissions(self) -> list[Submission]:
        """As they came in."""
        return [
            Submission(
                each.key,
                beacons.sifted(each.beacon, each.malformed),
                each.received_at,
                each.vouched,
                each.entrant_id,
                each.origin_host,
                each.tested,
            )
            for each in self.sent
        ]


class _Refusal(msgspec.Struct, array_like=True):
    code: str
    message: str
    wait: int | None


class _Outcome(msgspec.Struct, array_like=True):
    """What became of a group: a reply for each, or the error for which none was stored."""

    number: int
    replies: list[tuple[Answer | None, _Refusal | None]]
    error: tuple[str, str] | None = None


def group(number: int, submissions: Sequence[Submission]) -> bytes:
    """The frame with these submissions."""
    sent = [
        _Sent(
            each.key,
            each.beacon,
            dict(each.beacon.malformed),
            each.received_at,
            each.vouched,
            each.entrant_id,
            each.origin_host,
            each.tested,
        )
        for each in submissions
    ]
    return _framed(Group(number, sent))


def stored(number: int, replies: Sequence[Reply]) -> bytes:
    """The frame that answers a group that was stored."""
    told: list[tuple[Answer | None, _Refusal | None]] = [
        (None, _Refusal(reply.code, reply.message, reply.wait))
        if isinstance(reply, Rejection)
        else (reply, None)
        for reply in replies
    ]
    return _framed(_Outcome(number, told))


def failed(number: int, error: DatabaseError) -> bytes:
    """The frame that answers a group of which nothing was stored."""
    return _framed(_Outcome(number, [], (type(error).__name__, str(error))))


class GroupOutcome(msgspec.Struct):
    """The answer to a group: its number, and the replies or the error."""

    number: int
    replies: list[Reply]
    error: DatabaseError | None


def read_group(frame: bytes) -> Group:
    """The group in a frame."""
    return _groups.decode(frame)


def read_outcome(frame: bytes) -> GroupOutcome:
    """The answer in a frame."""
    outcome = _outcomes.decode(frame)
    replies: list[Reply] = []
    for answer, refusal in outcome.replies:
        if refusal is not None:
            replies.append(Rejection(_REASONS[refusal.code], refusal.message, refusal.wait))
        elif answer is not None:
            replies.append(answer)
    error = None
    if outcome.error is not None:
        kind, said = outcome.error
        error = _ERRORS[kind](said)
    return GroupOutcome(outcome.number, replies, error)


class Frames:
    """Frames out of what arrives in pieces."""

    def __init__(self) -> None:
        self._arrived = bytearray()

    def add(self, piece: bytes) -> Iterator[bytes]:
        """The frames that are complete with this piece."""
        arrived = self._arrived
        arrived += piece
        start = 0
        while len(arrived) - start >= _HEAD:
            end = start + _HEAD + int.from_bytes(arrived[start : start + _HEAD], "big")
            if len(arrived) < end:
                break
            yield bytes(arrived[start + _HEAD : end])
            start = end
        del arrived[:start]


def _framed(content: Any) -> bytes:
    body = msgspec.msgpack.encode(content)
    return len(body).to_bytes(_HEAD, "big") + body


_groups = msgspec.msgpack.Decoder(Group)
_outcomes = msgspec.msgpack.Decoder(_Outcome)
