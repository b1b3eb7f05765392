"""The wait before another try doubles up to its limit, however often it failed."""

from __future__ import annotations

import pytest

from trk.core import backoff


@pytest.mark.parametrize(
    ("failures", "pause"), [(0, 0), (1, 2), (2, 4), (5, 32), (6, 60), (1_024, 60), (10**6, 60)]
)
def test_a_pause_doubles_up_to_its_limit(failures: int, pause: float) -> None:
    assert backoff.pause(failures, 2.0, 60.0) == pause
