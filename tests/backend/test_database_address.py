"""PostgreSQL's address as its own tools take it, and what is said of one that can't be used."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from trk.settings import Settings
from trk.store import postgres
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.inspection import inspect
from trk.store.instance import Instance, identify
from trk.store.migrate import migrate, safe_url, without_password
from trk.store.program import Transaction


def variants(url: str) -> dict[str, str]:
    """The same database, written in other ways."""
    name = urlsplit(url).path
    [folder] = parse_qs(urlsplit(url).query)["host"]
    return {
        "postgres": url.replace("postgresql:", "postgres:"),
        "several hosts": f"postgresql://trk@{name}?host=/nowhere,{folder}",
        "ports beside": f"postgresql://trk@{name}?host={folder}&port=5432",
        "a socket before the path": f"postgresql://trk@{quote(folder, safe='')}{name}",
        "the primary": f"{url}&target_session_attrs=read-write",
        "a name and options": f"{url}&application_name=trk&options={quote('-c work_mem=8MB')}",
        "without TLS": f"{url}&sslmode=disable",
        "through a pooler": f"{url}&statement_cache_size=0&connect_timeout=3",
        "a password that nobody asks for": url.replace("trk@", "trk:p%40ss@"),
    }


@pytest.mark.parametrize("name", variants("postgresql://trk@/name?host=/folder"))
async def test_each_way_to_write_it_works(postgres_url: str, name: str) -> None:
    url = variants(postgres_url)[name]
    assert Settings(database=url).database == url
    await migrate(url)
    database = Database(url)
    await database.open()
    try:
        known = await database.write(identify, Instance("a" * 32, "b"), 1)
        said = await database.read(_application)
    finally:
        await database.close()
    assert known.name == "a" * 32
    assert said == ("trk" if "application_name" in url else "")
    assert (await inspect(url, lambda: 1)).instance == known.name


async def _application(tx: Transaction) -> str:
    [row] = await tx.fetch("SELECT current_setting('application_name') AS name")
    name: str = row["name"]
    return name


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("host=/nowhere", "/nowhere: [Errno 2] No such file or directory"),
        ("host=no.such.host.invalid", "no.such.host.invalid: [Errno -"),
        ("host=127.0.0.1&port=1", "Connect call failed"),
        ("host=127.0.0.1,127.0.0.1&port=1,2,3", "could not match 3 port numbers to 2 hosts"),
        ("host=/nowhere&sslmode=sometimes", "sslmode"),
        ("host=/nowhere&target_session_attrs=best", "target_session_attrs"),
        ("host=/nowhere&statement_cache_size=none", "statement_cache_size is 'none'"),
        ("no_such_setting=1", "unrecognized configuration parameter"),
        ("target_session_attrs=standby", "standby"),
    ],
)
async def test_one_that_cannot_be_used_gets_one_sentence(
    postgres_url: str, query: str, said: str
) -> None:
    parts = urlsplit(postgres_url)
    url = parts._replace(query=query if "host=" in query else f"{parts.query}&{query}").geturl()
    with pytest.raises(DatabaseError) as caught:
        await migrate(url)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("url", "shown", "without"),
    [
        (
            "postgresql://u:s%40cret@h1:1,h2:2/n?sslmode=require",
            "postgresql://u:***@h1:1,h2:2/n?sslmode=require",
            "postgresql://u@h1:1,h2:2/n?sslmode=require",
        ),
        (
            "postgres:///n?host=/run/a,/run/b&password=secret&user=u",
            "postgres:///n?host=/run/a,/run/b&user=u&password=***",
            "postgres:///n?host=/run/a,/run/b&user=u",
        ),
        (
            "postgresql://u@[::1]:5432/n",
            "postgresql://u@[::1]:5432/n",
            "postgresql://u@[::1]:5432/n",
        ),
        ("sqlite:////var/a?b.db", "sqlite:////var/a?b.db", "sqlite:////var/a?b.db"),
    ],
)
def test_its_password_is_shown_to_nobody(url: str, shown: str, without: str) -> None:
    assert (safe_url(url), without_password(url)) == (shown, without)


def test_a_role_is_told_to_have_what_each_connection_is_given() -> None:
    """Behind a pooler, what a connection is given holds for some transactions only."""
    guide = (Path(__file__).parents[2] / "docs" / "operating.md").read_text("utf-8")
    told = [line for line in guide.splitlines() if line.startswith("ALTER ROLE trk SET ")]
    assert told == [f"ALTER ROLE trk SET {each};" for each in postgres._SETTINGS]
