"""Names of people as others see them."""

from __future__ import annotations

import pytest

from trk.core.names import public_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann", "Ann"),
        ("Ann Barbara Smith", "Ann S."),
        ("  Ann   Smith ", "Ann S."),
        ("ann.smith@example.org", "ann.smith"),
        ("@example.org", "A winner"),
        ("李 小龍", "李 小."),
        ("x" * 100, "x" * 36),
    ],
)
def test_a_winner_is_shown_by_first_name_and_initial(name: str, shown: str) -> None:
    assert public_name(name) == shown
