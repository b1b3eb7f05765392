"""The container and its compose.yaml: from locked packages, with settings that the server takes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from tests.backend.operating import FILES, PAGE, ROOT, VARIABLES
from trk.cli.server import _HANDING_OVER, _LAST
from trk.settings import Settings, from_environment

COMPOSE: dict[str, Any] = yaml.safe_load((FILES / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (FILES / "Dockerfile").read_text("utf-8")
# As Compose fills them in, and as Caddy does.
INTERPOLATED = re.compile(r"\$\{(\w+)(?::\?[^}]*)?\}")
CADDYS = re.compile(r"\{\$(\w+)(?::([^}]*))?\}")


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
