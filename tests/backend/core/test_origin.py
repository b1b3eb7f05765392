"""Which site an Origin names."""

from __future__ import annotations

import pytest

from trk.core.origin import host_of


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (b"https://shop.example", "shop.example"),
        (b"http://localhost:8001", "localhost:8001"),
        (b"HTTPS://Shop.Example", "shop.example"),
        (b"https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        (b"https://my_shop.example", "my_shop.example"),
        (b"http://127.0.0.1:80", "127.0.0.1:80"),
        (b"https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
        (b"https://" + b"a" * 247, "a" * 247),
    ],
)
def test_the_host_of_a_web_site_is_taken_with_its_port(origin: bytes, host: str) -> None:
    assert host_of(origin) == host


@pytest.mark.parametrize(
    "origin",
    [
        b"",
        b"null",
        b"shop.example",
        b"https://",
        b"https://shop.example/",
        b"https://shop.example/path",
        b"https://ann@shop.example",
        b"https://shop.example:port",
        b"https://shop.example:123456",
        b"https://shop.example https://other.example",
        b"https://shop.example\n",
        b"https://shop\x00.example",
        b"https://shop\x7f.example",
        b"https://b\xc3\xbccher.example",
        b"https://<b>shop</b>",
        b'https://shop"onload=x',
        b"chrome-extension://abcdefgh",
        b"file://",
        b"https://" + b"a" * 248,
    ],
)
def test_what_names_no_web_site_is_nothing(origin: bytes) -> None:
    assert host_of(origin) is None
