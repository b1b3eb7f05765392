"""What became of a delivery, in words for the owner."""

from __future__ import annotations

import pytest

from trk.core.webhook import Outcome
from trk.web.admin.labels import attempt_label


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome(None, None), None),
        (Outcome(200, None), "It answered 200 (OK)."),
        (Outcome(799, None), "It answered 799."),
        (Outcome(301, "It answered 301: redirects are not followed."), "(Moved Permanently):"),
        (
            Outcome(None, "gaierror: [Errno -2] Name or service not known"),
            "name could not be found",
        ),
        (Outcome(None, "ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] x"), "not trusted"),
        (Outcome(None, "There was no answer within 10 s."), "There was no answer within 10 s."),
        (Outcome(None, "OddError: x"), "OddError: x"),
    ],
)
def test_what_became_of_a_try_is_told_in_words(outcome: Outcome, words: str | None) -> None:
    told = attempt_label(outcome.status, outcome.error)
    assert (told is None) == (words is None)
    if told is not None:
        assert (words or "") in told.words
