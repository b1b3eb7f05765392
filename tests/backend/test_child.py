"""A process that fails again and again is started later and later, and never given up."""

from __future__ import annotations

import time

import pytest

from trk.cli.child import Child


@pytest.mark.parametrize(("failures", "longest"), [(1, 0.2), (2, 0.4), (7, 10), (1_100, 10)])
def test_a_process_that_fails_is_put_off_by_ten_seconds_at_most(
    failures: int, longest: float
) -> None:
    child = Child("worker", lambda control: 1)
    for _ in range(failures):
        child.put_off()
    assert 0 < child.again_at - time.monotonic() <= longest
