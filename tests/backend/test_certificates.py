"""PostgreSQL's address with certificates: a server behind TLS, and files that are of no use."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.backend.frozen import SOCKET
from trk.store import hosts
from trk.store.dsn import connecting
from trk.store.errors import DatabaseError

OURS = Path(__file__).with_name("untrusted.pem")
"""A certificate for localhost, and its key."""


@pytest.fixture
async def behind_tls(postgres_url: str) -> AsyncIterator[str]:
    """The address of a database at a port of localhost that speaks TLS, without its query."""
    [folder] = parse_qs(urlsplit(postgres_url).query)["host"]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(OURS)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)  # may this be TLS?
        writer.write(b"S")
        try:
            await writer.start_tls(context)
        except (OSError, ssl.SSLError):  # the other one did not trust the certificate
            writer.close()
            return
        there, back = await asyncio.open_unix_connection(Path(folder) / SOCKET)
        await asyncio.gather(_pass(reader, back), _pass(there, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"postgresql://trk@localhost:{port}{urlsplit(postgres_url).path}"
    server.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "sslmode=require",
        f"sslmode=require&sslrootcert={OURS}",
        f"sslmode=verify-ca&sslrootcert={OURS}",
        f"sslmode=verify-full&sslrootcert={OURS}",
        f"sslmode=require&sslcert={OURS}",
        f"sslmode=require&sslcert={OURS}&sslkey={OURS}",
        "sslmode=prefer&sslrootcert=/nowhere",  # nobody looks at it
    ],
)
async def test_a_certificate_that_is_trusted(behind_tls: str, query: str) -> None:
    raw = await hosts.connect(**connecting(f"{behind_tls}?{query}"))
    assert await raw.fetchval("SELECT 1") == 1
    await raw.close()


@pytest.mark.parametrize("query", ["sslrootcert=system", "sslmode=verify-full&sslrootcert=system"])
async def test_what_the_machine_trusts(
    behind_tls: str, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    url = f"{behind_tls}?{query}&sslcert={OURS}"
    with pytest.raises(ssl.SSLCertVerificationError):
        await hosts.connect(**connecting(url))
    monkeypatch.setenv("SSL_CERT_FILE", str(OURS))
    raw = await hosts.connect(**connecting(url))
    assert await raw.fetchval("SELECT 1") == 1
    await raw.close()


@pytest.mark.parametrize("name", ["sslrootcert", "sslcrl", "sslcert"])
@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("missing", "No such file or directory"),
        (".", "Is a directory"),
        ("empty", "nothing fit"),
        ("rubbish", "nothing fit"),
    ],
)
def test_a_file_of_no_use_is_named(tmp_path: Path, name: str, file: str, why: str) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "rubbish").write_text("rubbish")
    path = str(tmp_path / file)
    with pytest.raises(DatabaseError) as caught:
        connecting(f"postgresql://u@h/n?sslmode=require&{name}={quote(path)}")
    said = str(caught.value)
    assert said.startswith(f"{name} is {path!r}")
    assert said.endswith(f"{why}; expected a file in PEM form.")


def test_a_key_of_no_use_is_named() -> None:
    with pytest.raises(DatabaseError, match="with its key in '/nowhere': No such file"):
        connecting(f"postgresql://u@h/n?sslcert={OURS}&sslkey=/nowhere")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sslmode=require", "sslmode is 'require' and sslrootcert is 'system'; expected verify-fu"),
        ("sslcrl=/x", "sslcrl can't be given where sslrootcert is 'system'"),
        ("ssl_min_protocol_version=TLSv1.3", "ssl_min_protocol_version can't be given"),
    ],
)
def test_what_cannot_be_with_what_the_machine_trusts(query: str, said: str) -> None:
    with pytest.raises(DatabaseError, match=said):
        connecting(f"postgresql://u@h/n?sslrootcert=system&{query}")
