"""Passwords from PostgreSQL's password file, as its own tools find them, on a real server."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from trk.store import hosts
from trk.store.dsn import connecting
from trk.store.errors import DatabaseError
from trk.store.hosts import each_host
from trk.store.migrate import migrate
from trk.store.passfile import password

Written = Callable[[str], Path]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Written:
    """Writes the file that PGPASSFILE names."""
    for name in list(os.environ):
        if name.startswith("PG"):
            monkeypatch.delenv(name)
    file = tmp_path / "passwords"
    monkeypatch.setenv("PGPASSFILE", str(file))

    def write(text: str) -> Path:
        file.touch(0o600)
        file.write_text(text, "utf-8")
        return file

    return write


def found(url: str) -> list[str]:
    """The password for each host of an address."""
    return [password(given) for given in map(parameters, each_host(connecting(url)["dsn"]))]


def parameters(dsn: str) -> dict[str, str]:
    """What an address has in its query."""
    return dict(parse_qsl(dsn.partition("?")[2]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*:*:*:*:p", "p"),
        ("h:5432:n:u:p", "p"),
        ("h:5432:n:u:p\r\n", "p"),
        ("*:*:*:*:a\\:b\\\\c", "a:b\\c"),
        ("*:*:*:*:a:b c ", "a:b c "),
        ("*:*:*:*:é\u2028x", "é\u2028x"),
        ("# *:*:*:*:x\n\nh2:*:*:*:x\nh:1:*:*:x\n*:*:m:*:x\n*:*:*:v:x\nh:*:*:*:p\n*:*:*:*:y", "p"),
        ("h:5432:n:u", ""),
        ("rubbish", ""),
        ("", ""),
    ],
)
def test_the_first_line_that_fits_has_it(written: Written, text: str, expected: str) -> None:
    written(text)
    assert found("postgresql://u@h/n") == [expected]


def test_what_is_given_elsewhere_comes_first(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    written("*:*:*:*:file")
    assert found("postgresql://u:address@h/n") == ["address"]
    monkeypatch.setenv("PGPASSWORD", "environment")
    assert found("postgresql://u@h/n") == ["environment"]


def test_each_host_has_its_own(written: Written) -> None:
    written("h1:1:*:*:a\n\\:\\:1:2:*:*:b\nlocalhost:*:*:*:c\n/run/b:*:*:*:d\n")
    assert found("postgresql://u@h1:1,[::1]:2,h1:2/n") == ["a", "b", ""]
    assert found("postgresql://u@/n?host=/run/a,/run/b,localhost") == ["c", "c", "c"]
    assert found("postgresql://u@/n") == ["c"]


def test_a_new_one_is_known_to_the_next_connection(written: Written) -> None:
    written("*:*:*:*:a")
    assert found("postgresql://u@h/n") == ["a"]
    written("*:*:*:*:b")
    assert found("postgresql://u@h/n") == ["b"]


async def test_a_file_that_cannot_be_used_gets_one_sentence(
    postgres_url: str, written: Written
) -> None:
    file = written("*:*:*:*:p")
    await migrate(postgres_url)
    file.chmod(0o640)
    changes: tuple[tuple[Callable[[], None], str], ...] = (
        (lambda: None, "which others may read; expected mode 0600 or less"),
        (file.unlink, "No such file or directory; expected a file that can be read"),
        (file.mkdir, "expected a file"),
    )
    for change, said in changes:
        change()
        with pytest.raises(DatabaseError) as caught:
            await migrate(postgres_url)
        assert f"passfile is {str(file)!r}" in str(caught.value)
        assert said in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1


async def test_what_is_no_text_fails_as_a_wrong_password_does(
    postgres_url: str, written: Written
) -> None:
    written("").write_bytes(b"*:*:*:*:\xff\n")
    raw = await hosts.connect(**connecting(postgres_url))  # nobody asks for it
    await raw.close()


def test_one_in_its_usual_place_may_be_missing_or_of_no_use(
    written: Written,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.delenv("PGPASSFILE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert found("postgresql://u@h/n") == [""]
    file = tmp_path / ".pgpass"
    file.touch(0o600)
    file.write_text("*:*:*:*:p")
    assert found("postgresql://u@h/n") == ["p"]
    file.chmod(0o644)
    assert found("postgresql://u@h/n") == [""]
    assert "which others may read" in caplog.text
