"""How much a campaign keeps in a day of what no action asked for.

Names that no action has are stored so that the owner sees them; nothing can claim them any more,
not even an action that is made later. So they, and only they, have a limit.
"""

from __future__ import annotations

from trk.core.beacon import Pair
from trk.core.rejection import Rejection, RejectionReason, shown

UNMATCHED_BYTES = 4 * 1024 * 1024
"""How many bytes of such pairs a campaign keeps in a day of its time zone."""
_ROW = 200
"""What a stored pair takes beside its texts, indexes included."""


def size(pair: Pair) -> int:
    """How many bytes a pair counts for."""
    return _ROW + sum(len(text.encode()) for text in pair if text is not None)


def over_quota(name: str) -> Rejection:
    """Why a pair with a name that no action has is not kept."""
    return Rejection(
        RejectionReason.OVER_QUOTA,
        f"No action has the name {shown(name)}, and a campaign keeps at most {UNMATCHED_BYTES:,} "
        "bytes of such pairs per day; this one is not stored.",
    )
