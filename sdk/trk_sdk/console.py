"""What trk.js, ol.js and embed.js write to the browser's console: the one source of the wording.

The scripts name these texts (`SENTENCE.PUSHED`) and the builder fills them in; `trk_sdk.verify`
recognises the same texts on a page's console.
"""

from __future__ import annotations

import re
from enum import StrEnum

PREFIX = "trk.js:"
"""Every line begins with this; a space and a sentence follow."""


class Sentence(StrEnum):
    """The beginning of each sentence. KEY and GLOBAL are filled in for each campaign."""

    QUEUED = "pushed before this script ran: "
    PUSHED = "pushed "
    SENT = "sent "
    GOT = "the server answered "
    NOTE = "the server says: "
    CONSENT = "consent "
    NOT_AN_ITEM = "expected [name, value], not "
    NOT_A_SIGNATURE = "expected a string signature in "
    GLOBAL_TAKEN = "window.GLOBAL is taken"
    UNKNOWN_CAMPAIGN = "there is no campaign with the key "
    DRAFT = "campaign KEY is a draft"
    NOT_SHOWN = "campaign KEY is not shown here: "

    @classmethod
    def of(cls, line: str) -> Sentence | None:
        """The sentence that a line (without its prefix) begins with; None for texts that are not
        ours: the server's reasons and the browser's errors."""
        return next((each for each in cls if _shape(each).match(line)), None)


STEPS = (
    Sentence.QUEUED,
    Sentence.PUSHED,
    Sentence.SENT,
    Sentence.GOT,
    Sentence.NOTE,
    Sentence.CONSENT,
)
"""What trk.js writes only in debug mode: one line for each step."""


def _shape(sentence: Sentence) -> re.Pattern[str]:
    return re.compile(re.sub("KEY|GLOBAL", r"\\S+", re.escape(sentence)))
