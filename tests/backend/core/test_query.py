"""An address gets a parameter, and keeps everything else as it is."""

from __future__ import annotations

import pytest

from trk.core.query import ascii_only, with_parameter


@pytest.mark.parametrize(
    ("address", "with_it"),
    [
        ("https://s.test/", "https://s.test/?xref=t"),
        ("https://s.test", "https://s.test?xref=t"),
        ("https://s.test/?q=M%FCller", "https://s.test/?q=M%FCller&xref=t"),
        ("https://s.test/?/forum/topic-1", "https://s.test/?/forum/topic-1&xref=t"),
        ("https://s.test/?page", "https://s.test/?page&xref=t"),
        ("https://s.test/?page#top", "https://s.test/?page&xref=t#top"),
        ("https://s.test/?", "https://s.test/?xref=t"),
        ("https://s.test/?a=1&", "https://s.test/?a=1&xref=t"),
        ("https://s.test/??", "https://s.test/??&xref=t"),
        ("https://s.test/?q=who?", "https://s.test/?q=who?&xref=t"),
        ("https://s.test/?q=who?#top", "https://s.test/?q=who?&xref=t#top"),
        ("https://s.test/?a=&b=+%2B&a=2;c", "https://s.test/?a=&b=+%2B&a=2;c&xref=t"),
        ("https://s.test/?f={x}|[y]^`'\"<>\\~", "https://s.test/?f={x}|[y]^`'\"<>\\~&xref=t"),
        ("https://s.test/?xref=old&%78ref=1", "https://s.test/?xref=old&%78ref=1&xref=t"),
        ("https://s.test/#/page?x=1", "https://s.test/?xref=t#/page?x=1"),
        ("https://s.test/a%2Fb?u=http://o/?c", "https://s.test/a%2Fb?u=http://o/?c&xref=t"),
        ("https://s.test/ü?q=ü", "https://s.test/%C3%BC?q=%C3%BC&xref=t"),
    ],
)
def test_a_parameter_is_only_appended(address: str, with_it: str) -> None:
    assert with_parameter(address, "xref=t") == with_it
    assert ascii_only(with_it) == with_it
