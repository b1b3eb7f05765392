"""What trk.js, ol.js and embed.js write to the browser's console: the one source of their words.

The builder puts these texts into the scripts, which name them (`SENTENCE.PUSHED`), and
`trk_sdk.verify` recognises the same texts on the console of a page.
"""

from __future__ import annotations

import re
from enum import StrEnum

PREFIX = "trk.js:"
"""How every line begins; a space and a sentence follow."""


class Sentence(StrEnum):
    """How each sentence begins. KEY and GLOBAL are filled in for each campaign."""

    PUSHED = "pushed "
    SENT = "sent "
    GOT = "got "
    CONSENT = "consent "
    NOT_AN_ITEM = "expected [name, value], not "
    GLOBAL_TAKEN = "window.GLOBAL is taken"
    UNKNOWN_CAMPAIGN = "there is no campaign with the key "
    NOT_SHOWN = "campaign KEY is not shown here, since "

    @classmethod
    def of(cls, line: str) -> Sentence | None:
        """Which of them a line is, without its prefix; None for what others word: the server's
        reasons, and a browser's errors."""
        return next((each for each in cls if _shape(each).match(line)), None)


STEPS = (Sentence.PUSHED, Sentence.SENT, Sentence.GOT, Sentence.CONSENT)
"""What trk.js writes only in debug mode, a line for each thing that it does."""


def _shape(sentence: Sentence) -> re.Pattern[str]:
    return re.compile(re.sub("KEY|GLOBAL", r"\\S+", re.escape(sentence)))
