"""docs/operating.md says what is true, and the files in operating/ are such as they must be."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from configparser import RawConfigParser
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import trk
from trk.cli import main, serving
from trk.cli.server import _HANDING_OVER, _LAST
from trk.services.metrics import Metrics
from trk.settings import Settings, from_environment

HERE = Path(trk.__file__).parent
ROOT = HERE.parents[1]
PAGE = (ROOT / "docs" / "operating.md").read_text("utf-8")
FILES = HERE / "operating"
UNITS = ("trk.service", "trk.socket", "trk-backup.service", "trk-backup.timer")
VARIABLES = {f"TRK_{field.name.upper()}" for field in fields(Settings)} | {"TRK_HOST", "TRK_PORT"}


def shown(default: object) -> str:
    text = f"{default:g}" if isinstance(default, float) else str(default)
    text = "no" if default is False else text
    return f"`{text}`" if text else "none"


def test_the_table_of_settings_has_every_one_with_its_flag_and_default() -> None:
    rows = re.findall(r"^\| `(TRK_\w+)` \| `(--[a-z-]+)` \| (.+?) \| .+ \|$", PAGE, re.M)
    expected = {
        f"TRK_{field.name.upper()}": (f"--{field.name.replace('_', '-')}", shown(field.default))
        for field in fields(Settings)
    }
    options = {option.name: option for option in serving.serve.params}
    for name in ("host", "port"):
        expected[f"TRK_{name.upper()}"] = (f"--{name}", shown(options[name].default))
    assert {variable: (flag, default) for variable, flag, default in rows} == expected


def test_the_table_of_metrics_has_every_one_that_is_ours() -> None:
    named = set(re.findall(r"^\| `(trk_\w+)` \|", PAGE, re.M))
    collected = Metrics(lambda: 0, 1).registry.collect()
    ours = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in collected
        if family.name.startswith("trk_")
    }
    assert named == ours


def test_every_command_that_is_named_exists() -> None:
    named = re.findall(r"(?:`|/bin/)trk ([a-z]+)(?: ([a-z]+))?", PAGE)
    assert {"serve", "doctor", "backup", "restore", "migrate"} <= {first for first, _ in named}
    for first, second in named:
        command = main.commands[first]
        if isinstance(command, click.Group):
            assert second in command.commands


def test_every_variable_in_the_page_and_the_files_is_a_setting() -> None:
    for text in (PAGE, *(file.read_text("utf-8") for file in FILES.iterdir())):
        assert set(re.findall(r"TRK_[A-Z_]+\b", text)) <= VARIABLES


def test_every_file_that_the_page_links_to_is_there_and_the_other_way_round() -> None:
    linked = set(re.findall(r"\]\(\.\./backend/trk/operating/([\w.-]+)\)", PAGE))
    assert linked
    assert all((FILES / name).is_file() for name in linked)
    mentioned = {file.name for file in FILES.iterdir() if file.name in PAGE}
    assert {file.name for file in FILES.iterdir()} - mentioned <= {
        "trk.service",
        "trk-backup.service",
    }
    assert "trk*.service" in PAGE


def parsed(name: str) -> RawConfigParser:
    parser = RawConfigParser(strict=True, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string((FILES / name).read_text("utf-8"))
    return parser


def test_the_units_are_files_of_systemd() -> None:
    for name in UNITS:
        assert parsed(name).sections()[0] == "Unit"


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units in a folder, with a program that is there: else systemd would only say that."""
    for name in UNITS:
        text = (FILES / name).read_text("utf-8").replace("/opt/trk/bin/trk", sys.executable)
        (tmp_path / name).write_text(text)
    return tmp_path


def analyzed(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is missing: this machine has no systemd")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_systemd_takes_the_units_without_a_warning(units: Path) -> None:
    done = analyzed("verify", *[units / name for name in UNITS])
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["trk.service", "trk-backup.service"])
def test_systemd_calls_what_a_service_may_do_little(name: str, units: Path) -> None:
    done = analyzed("security", "--offline=true", "--threshold=20", "--no-pager", units / name)
    if "unrecognized option" in done.stderr:
        pytest.skip("systemd-analyze is older than systemd 250 and can't look at a file")
    assert done.returncode == 0, done.stdout + done.stderr


def test_systemd_waits_longer_than_the_server_takes_to_stop() -> None:
    settings = Settings()
    longest = settings.drain + settings.stop_timeout + _LAST + _HANDING_OVER
    assert int(parsed("trk.service")["Service"]["TimeoutStopSec"]) > longest


def test_the_nightly_backup_is_a_command_that_works(sqlite_url: str, tmp_path: Path) -> None:
    command = parsed("trk-backup.service")["Service"]["ExecStart"]
    command = command.replace("%%", "%").replace("$$", "$")
    command = command.replace("/opt/trk/bin/trk", f"{sys.executable} -m trk")
    (tmp_path / "backups").mkdir()
    environment = {**os.environ, "TRK_DATABASE": sqlite_url, "PYTHONPATH": str(HERE.parent)}
    for _ in range(2):  # the next week's takes its place
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    [made] = (tmp_path / "backups").iterdir()
    assert re.fullmatch(r"trk-[1-7]\.db", made.name)


def _pinned(lock: Path) -> dict[str, tuple[str, frozenset[str]]]:
    """What a lock has: each package's version (with where it is needed) and its hashes."""
    found = re.findall(r"^([\w.-]+)==(.+?) \\\n((?: +--hash=.+\n)+)", lock.read_text("utf-8"), re.M)
    return {
        name: (version, frozenset(re.findall(r"sha256:[0-9a-f]{64}", hashes)))
        for name, version, hashes in found
    }


def test_the_container_has_only_what_a_lock_has_the_hash_of() -> None:
    installing = re.findall(r"pip install .*", DOCKERFILE)
    locked, project = (line.removesuffix(" \\") for line in installing)
    assert "--require-hashes -r backend/trk/operating/requirements.lock" in locked
    assert project.endswith("--no-deps --no-build-isolation .")
    container, everything = (
        _pinned(FILES / "requirements.lock"),
        _pinned(ROOT / "requirements.lock"),
    )
    lines = (FILES / "requirements.lock").read_text("utf-8").splitlines()
    assert len(container) == sum("==" in line for line in lines)
    assert {"hatchling", "starlette", "uvicorn", "uvloop", "cmarkgfm"} <= set(container)
    assert not {"playwright", "pytest", "ruff"} & set(container)
    for name, (version, hashes) in container.items():
        assert version.split(" ")[0] == everything[name][0].split(" ")[0]
        assert hashes == everything[name][1]


def test_the_container_s_lock_has_all_that_the_project_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    needed = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    names = {re.sub(r"[._-]+", "-", re.split(r"[^\w.-]", each)[0]) for each in needed}
    assert names <= set(_pinned(FILES / "requirements.lock"))


COMPOSE: dict[str, Any] = yaml.safe_load((FILES / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (FILES / "Dockerfile").read_text("utf-8")
# As Compose fills them in, and as Caddy does.
INTERPOLATED = re.compile(r"\$\{(\w+)(?::\?[^}]*)?\}")
CADDYS = re.compile(r"\{\$(\w+)(?::([^}]*))?\}")


def test_what_compose_builds_is_there() -> None:
    build = SERVICES["server"]["build"]
    context = (FILES / build["context"]).resolve()
    assert context == ROOT
    assert (context / build["dockerfile"]).samefile(FILES / "Dockerfile")


def test_compose_gives_the_server_settings_that_it_takes() -> None:
    given = SERVICES["server"]["environment"]
    assert set(given) <= VARIABLES
    filled = {
        name: INTERPOLATED.sub(lambda found: {"SITE": "t.example"}.get(found[1], "0a1b"), value)
        for name, value in given.items()
    }
    settings = from_environment(filled)
    assert (settings.public_url, settings.trusted_proxies) == ("https://t.example", "*")
    assert "TRK_HOST=0.0.0.0" in DOCKERFILE, "the proxy comes from another container"
    own = SERVICES["database"]["environment"]
    assert given["TRK_DATABASE"].startswith(f"postgresql://{own['POSTGRES_USER']}:")
    assert given["TRK_DATABASE"].endswith(f"@database:5432/{own['POSTGRES_DB']}")


def test_what_compose_asks_of_its_owner_is_explained() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (FILES / "compose.yaml").read_text("utf-8")))
    explained = set(re.findall(r"^(\w+)=", PAGE, re.M))
    assert asked == explained == {"SITE", "POSTGRES_PASSWORD"}


def test_only_the_proxy_of_compose_can_be_reached_from_outside() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy"}
    assert SERVICES["database"]["networks"] == ["back"]
    assert COMPOSE["networks"]["back"] == {"internal": True}


def test_the_proxy_of_compose_is_told_what_the_caddyfile_asks() -> None:
    proxy = SERVICES["proxy"]
    asked = dict(CADDYS.findall((FILES / "Caddyfile").read_text("utf-8")))
    assert asked == {"SITE": "track.example.org", "UPSTREAM": "127.0.0.1:8000"}
    assert set(proxy["environment"]) == set(asked)
    host, port = proxy["environment"]["UPSTREAM"].split(":")
    assert host in SERVICES
    assert f"EXPOSE {port}" in DOCKERFILE
    assert any(volume.startswith("./Caddyfile:") for volume in proxy["volumes"])


def test_the_containers_of_compose_lean_on_each_other_in_one_direction() -> None:
    assert set(SERVICES) == {"server", "database", "proxy"}
    assert set(SERVICES["server"]["depends_on"]) == {"database"}
    assert "healthcheck" in SERVICES["database"], "the server waits until it answers"
    named = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", ())
        if not volume.startswith(".")
    }
    assert named == set(COMPOSE["volumes"])


def test_compose_waits_longer_than_the_server_takes_to_stop() -> None:
    settings = Settings()
    longest = settings.drain + settings.stop_timeout + _LAST + _HANDING_OVER
    assert float(SERVICES["server"]["stop_grace_period"].removesuffix("s")) > longest


@contextmanager
def serving_on(listening: socket.socket, database: str, log: Path) -> Iterator[None]:
    """A server on a socket that somebody else holds, as systemd does; stopped at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "trk", "serve", "--fd", str(listening.fileno())],
            pass_fds=[listening.fileno()],
            env={**os.environ, "TRK_DATABASE": database},
            stderr=output,
        )
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(60) == 0, log.read_text()


def asked(client: socket.socket) -> None:
    client.sendall(b"GET /healthz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")


def test_who_comes_while_the_server_is_started_anew_waits_and_is_answered(
    sqlite_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        with (
            serving_on(listening, sqlite_url, log),
            socket.create_connection(address, timeout=60) as client,
        ):
            asked(client)
            assert client.recv(4096).startswith(b"HTTP/1.1 200")
        with socket.create_connection(address, timeout=60) as client:
            asked(client)  # nobody is there
            with serving_on(listening, sqlite_url, log):
                assert client.recv(4096).startswith(b"HTTP/1.1 200")
