"""Which site an Origin names."""

from __future__ import annotations

import pytest

from trk.core.origin import host_of, normal_address, normal_origin


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


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        ("HTTPS://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("https://shop.example:0443//", "https://shop.example"),
        ("https://shop.example:", "https://shop.example"),
        ("http://shop.example:80/", "http://shop.example"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("https://shop.example:80", "https://shop.example:80"),
        ("http://localhost:08001", "http://localhost:8001"),
        ("https://Bücher.example", "https://xn--bcher-kva.example"),
        ("https://BU\u0308CHER.example:443/", "https://xn--bcher-kva.example"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://例え。テスト", "https://xn--r8jz45g.xn--zckzah"),
        ("https://XN--Bcher-KVA.example", "https://xn--bcher-kva.example"),
        ("https://r3---sn.example", "https://r3---sn.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_an_origin_is_written_as_browsers_send_it(typed: str, origin: str) -> None:
    assert normal_origin(typed) == origin
    assert normal_origin(origin) == origin


@pytest.mark.parametrize(
    "typed",
    [
        *("", "*", "null", "shop.example", "https://", "https:///", "ftp://shop.example"),
        *("https://shop.example/win", "https://shop.example?a", "https://shop.example#a"),
        *("https://ann@shop.example", "https://shop.example:x", "https://shop.example:65536"),
        *("https://shop.example:0", "https://*.shop.example", "https://a b", "https://a..b"),
        *("https://shop.example\n", "https://a;b", "https://a'b", "https://[::1]", "https://💩"),
        *(
            "http://127.1",
            "http://0x7f.0.0.1",
            "http://1",
            f"https://{'a' * 250}",
            "https://ü" * 99,
        ),
    ],
)
def test_what_is_no_origin_has_no_form(typed: str) -> None:
    assert normal_origin(typed) is None


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://Track.example:443", "https://track.example"),
        ("http://[2001:DB8:0::1]:8000/", "http://[2001:db8::1]:8000"),
        ("http://my_server:8000", "http://my_server:8000"),
    ],
)
def test_a_server_may_have_an_address_that_no_policy_can_name(typed: str, address: str) -> None:
    assert normal_address(typed) == address


@pytest.mark.parametrize(
    "typed", ["http://[::1", "http://[fe80::1%25eth0]", "http://[1]", "http://[::1]x", "http://_/x"]
)
def test_what_is_no_server_has_no_address(typed: str) -> None:
    assert normal_address(typed) is None
