"""Odd addresses of PostgreSQL: each is read as its own tools read it, or gets one sentence, and no
password is in that."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from trk.store.dsn import connecting
from trk.store.errors import DatabaseError
from trk.store.hosts import each_host
from trk.store.migrate import migrate, safe_url

SECRET = "tops"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing of whoever runs the tests."""
    for name in os.environ:
        if name.startswith("PG"):
            monkeypatch.delenv(name)
    return monkeypatch


def hosts_of(url: str) -> list[tuple[str, str]]:
    """The host and the port of each connection that is tried."""
    given = [parse_qs(urlsplit(each).query) for each in each_host(connecting(url)["dsn"])]
    return [(each.get("host", [""])[0], each["port"][0]) for each in given]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@h1:1,h2:2/n?application_name=b", "h1 1, h2 2"),
        ("postgresql://h1,[::1]:2/n?", "h1 5432, [::1] 2"),
        ("postgresql://[::1]/n", "[::1] 5432"),
        ("postgresql://%2Frun%2Fa,%2Frun%2Fb:7/n", "/run/a 5432, /run/b 7"),
        ("postgresql:///n?host=/a,h2&port=1,2", "/a 1, h2 2"),
        ("postgresql:///n?host=h1,h2&port=7", "h1 7, h2 7"),
        ("postgresql:///n?host=h1,h2&port=,7", "h1 5432, h2 7"),
        ("postgresql:///n?host=h1,h2", "h1 5432, h2 5432"),
        ("postgresql:///n?host=::1", "[::1] 5432"),
        ("postgresql:///n?host=::1,[::2]:6&port=7,", "[::1] 7, [::2] 6"),
        # What stands in the query is taken, as by psql.
        ("postgresql://h/n?port=7", "h 7"),
        ("postgresql://h:6/n?port=7", "h 7"),
        ("postgresql://h1/n?host=/run/a", "/run/a 5432"),
        ("postgresql://h1:1/n?host=/run/a", "/run/a 1"),
        ("postgresql://h1:1,h2:2/n?host=h3,h4", "h3 1, h4 2"),
        ("postgresql://h1,h2:2/n?host=h3,h4", "h3 5432, h4 2"),
        ("postgresql://h1:1/n?host=h3&port=7", "h3 7"),
        ("postgresql://:7/n", " 7"),
        ("postgresql:///n", " 5432"),
        ("postgresql://h1:1,h1:1/n", "h1 1, h1 1"),
    ],
)
def test_hosts_and_ports(url: str, expected: str) -> None:
    assert ", ".join(" ".join(pair) for pair in hosts_of(url)) == expected


@pytest.mark.parametrize(
    ("url", "host", "port", "expected"),
    [
        ("postgresql:///n", "h1,h2", "", "h1 5432, h2 5432"),
        ("postgresql:///n", "h1,::1", "1,2", "h1 1, [::1] 2"),
        ("postgresql://h3,h4:9/n", "h1", "1,2", "h3 1, h4 9"),
        ("postgresql://h3,h4/n", "", "7", "h3 7, h4 7"),
        ("postgresql://h3:5/n", "", "7", "h3 5"),
        ("postgresql:///n?port=5", "h1,h2", "7", "h1 5, h2 5"),
    ],
)
def test_hosts_and_ports_of_the_environment(
    environment: pytest.MonkeyPatch, url: str, host: str, port: str, expected: str
) -> None:
    environment.setenv("PGHOST", host)
    environment.setenv("PGPORT", port)
    assert ", ".join(" ".join(pair) for pair in hosts_of(url)) == expected


def test_hosts_of_a_service(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "services"
    file.write_text("[trk]\nhost=h1,h2\nport=1,2\npassword=50%\n")
    environment.setenv("PGSERVICEFILE", str(file))
    assert hosts_of("postgresql:///n?service=trk") == [("h1", "1"), ("h2", "2")]
    assert parse_qs(urlsplit(connecting("postgresql:///?service=trk")["dsn"]).query)[
        "password"
    ] == ["50%"]
    assert hosts_of("postgresql:///n?service=trk&host=h3&port=3") == [("h3", "3")]
    environment.setenv("PGSERVICE", "trk")
    assert hosts_of("postgresql:///n") == [("h1", "1"), ("h2", "2")]
    with pytest.raises(DatabaseError, match="no service 'other' in"):
        connecting("postgresql:///n?service=other")


@pytest.mark.parametrize(
    ("url", "user", "password", "name"),
    [
        ("postgresql://u%40x:a%2Fb%3A%23@h/n", "u@x", "a/b:#", "n"),
        ("postgresql://u:a#b@c@h/n%23m#", "u", "a#b@c", "n#m#"),
        ("postgresql://u%3Ax:p%25@h/n", "u:x", "p%", "n"),
        ("postgresql://h?user=u&password=a+b%2B&dbname=n", "u", "a+b+", "n"),
        # What stands in the query is taken, as by psql.
        ("postgresql://u:p@h/n?user=v&password=q&dbname=m", "v", "q", "m"),
    ],
)
def test_who_connects_to_what(url: str, user: str, password: str, name: str) -> None:
    given = parse_qs(urlsplit(connecting(url)["dsn"]).query)
    assert (given["user"], given["password"], given["dbname"]) == ([user], [password], [name])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ssl=true", {"sslmode": "require"}),
        ("ssl=true&sslmode=verify-full", {"sslmode": "verify-full"}),
        ("database=m", {"dbname": "n"}),
        ("fallback_application_name=a", {"application_name": "a"}),
        ("fallback_application_name=a&application_name=b", {"application_name": "b"}),
        ("channel_binding=prefer&gssencmode=disable&load_balance_hosts=disable", {}),
        ("keepalives=1&keepalives_idle=5&tcp_user_timeout=9&sslcompression=0", {}),
        ("client_encoding=LATIN1", {}),
    ],
)
def test_what_the_driver_has_no_word_for(query: str, expected: dict[str, str]) -> None:
    given = parse_qs(urlsplit(connecting(f"postgresql://u@h/n?{query}")["dsn"]).query)
    known = {"user": "u", "host": "h", "port": "5432", "dbname": "n", **expected}
    assert {name: value for name, [value] in given.items()} == known


def test_nobody_has_no_name(environment: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    environment.setattr(getpass, "getuser", nobody)
    with pytest.raises(DatabaseError, match="it names no user, and whoever runs this has no name"):
        connecting("postgresql://h/n")
    environment.setenv("PGUSER", "u")
    assert "user=u" in connecting("postgresql://h/n")["dsn"]


def test_parameters_of_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PGAPPNAME", "trk")
    environment.setenv("PGOPTIONS", "-c work_mem=8MB")
    environment.setenv("PGCONNECT_TIMEOUT", "3")
    found = connecting("postgresql://h/n?application_name=own")
    given = parse_qs(urlsplit(found["dsn"]).query)
    assert (given["application_name"], given["options"]) == (["own"], ["-c work_mem=8MB"])
    assert found["timeout"] == 3


@pytest.mark.parametrize("name", ["sslmode", "channel_binding", "hostaddr", "connect_timeout"])
def test_one_of_the_environment_that_cannot_be_used(
    environment: pytest.MonkeyPatch, name: str
) -> None:
    variable = "PGCONNECT_TIMEOUT" if name == "connect_timeout" else f"PG{name.replace('_', '')}"
    environment.setenv(variable.upper(), "always")
    with pytest.raises(DatabaseError, match=f"{name} is 'always'; expected"):
        connecting("postgresql://h/n")


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgresql://h1,h2/n", ["read-write"]),
        ("postgresql://h1,h2/n?target_session_attrs=any", ["any"]),
        ("postgresql://h1/n", None),
    ],
)
def test_of_several_hosts_the_one_is_wanted_that_takes_writes(
    url: str, wanted: list[str] | None
) -> None:
    assert parse_qs(urlsplit(connecting(url)["dsn"]).query).get("target_session_attrs") == wanted


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("h:99999/n", "ports"),
        ("h:0/n", "ports"),
        ("h:-1/n", "ports"),
        ("h:abc/n", "ports"),
        ("h:٣/n", "ports"),
        ("h:1,g:99999/n", "ports"),
        ("h:1,/n", "empty"),
        ("h:1,,g:2/n", "empty"),
        (",/n", "empty"),
        ("/n?host=,", "empty"),
        ("/n?host=h&port=5432,", "could not match 2 port numbers to 1 hosts"),
        ("/n?host=h&port=x", "ports"),
        ("h1:1,h2:2/n?host=h3", "could not match 2 port numbers to 1 hosts"),
        ("::1:5432/n", "[ADDRESS]:PORT"),
        ("h:5432:1/n", "[ADDRESS]:PORT"),
        (f"u:a:{SECRET}/x@h/n", "[ADDRESS]:PORT"),
        ("/n?host=run/postgresql", "'run/postgresql' is no name of a host, nor a socket's folder"),
        ("/n?host=@trk", "'@trk' is no name of a host, nor a socket's folder"),
        ("h/n?=x", "NAME=VALUE"),
        ("/n?hostaddr=::1", "hostaddr is '::1'; expected this address as host"),
        ("h/n?sslmode=VERIFY-FULL", "sslmode is 'VERIFY-FULL'; expected one of disable, allow"),
        ("h/n?sslmode=parse", "sslmode is 'parse'"),
        ("h/n?channel_binding=require", "channel_binding is 'require'; expected one of disable"),
        ("h/n?gssencmode=require", "gssencmode is 'require'; expected one of disable, prefer"),
        ("h/n?load_balance_hosts=random", "load_balance_hosts is 'random'"),
        ("h/n?target_session_attrs=master", "is 'master'; expected read-write, primary or any"),
        ("h/n?connect_timeout=-1", "connect_timeout is '-1'; expected a whole number"),
        (f"h/n?statement_cache_size={'9' * 5000}", "statement_cache_size is '999"),
        ("[::1/n", "[ADDRESS]:PORT"),
        ("h,[::1]x/n", "[ADDRESS]:PORT"),
        ("h..x/n", "no name of a host"),
        (f"{'x' * 70}/n", "no name of a host"),
        ("h%00/n", "character"),
        ("h/n%00", "character"),
        ("h/\udc80", "character"),
        (f"u:{SECRET}%00@h/n", "character"),
        (f"u:{SECRET}/x@h/n", "ports"),
        (f"u:{SECRET}?x@h/n", "NAME=VALUE"),
        (f"u:{SECRET}[@h:x/n", "ports"),
        ("h/n?foo", "NAME=VALUE"),
        ("h/n?target_session_attrs=standby", "expected read-write, primary or any"),
        ("h/n?target_session_attrs=prefer-standby", "expected read-write, primary or any"),
        ("h/n?target_session_attrs=read-only", "expected read-write, primary or any"),
    ],
)
async def test_one_that_cannot_be_read_gets_one_sentence(rest: str, said: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        await migrate(f"postgresql://{rest}")
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("wanted", ["primary", "read-write", "slave"])
def test_an_address_of_standbys_is_not_one_of_the_primary(wanted: str) -> None:
    with pytest.raises(DatabaseError, match=f"target_session_attrs is '{wanted}'; expected stand"):
        connecting(f"postgresql://h1,h2/n?target_session_attrs={wanted}", standby=True)


def test_of_standbys_none_is_taken_that_is_the_primary(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PGTARGETSESSIONATTRS", "read-write")  # for the other address
    for url in ("postgresql://h1/n", "postgresql://h1/n?target_session_attrs=any"):
        assert "target_session_attrs=standby" in connecting(url, standby=True)["dsn"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:tops/x@h/n", "postgresql://u:***@h/n"),
        ("postgresql://u:tops?x@h/n", "postgresql://u:***@h/n"),
        ("postgresql://u:x@tops/x@h/n", "postgresql://u:***@h/n"),
        ("postgresql://u:12/tops@h/n", "postgresql://u:***@h/n"),
        ("postgresql://u:tops/x=@h/n?a=b", "postgresql://u:***@h/n?a=b"),
        ("postgresql://h/n?sslpassword=tops", "postgresql://h/n?sslpassword=***"),
        ("postgresql://h:1/n?application_name=a%40b", "postgresql://h:1/n?application_name=a%40b"),
        ("postgresql://u@h:1/n?foo", "postgresql://u@h:1/n?foo="),
    ],
)
def test_a_password_is_shown_to_nobody_although_it_is_not_quoted(url: str, shown: str) -> None:
    assert safe_url(url) == shown
