"""The recipes in five languages sign as the server expects, and a campaign accepts the result."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.sdk import node
from tests.tools import needed
from trk.core.signature import sign
from trk_sdk import recipes
from trk_sdk.testkit.api import API
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend, direct

SECRET = "s3cret/+='\"$"
PAIRS = [
    ("Purchase", "order-17"),
    ("Käufe im Lädchen", "10 € 😀👩‍👩‍👧"),
    ("a'b\"c`d", "${x} #{y} $z {w} %s \\n <?php"),
    ("注文", "Ω\t二つ"),
    ("VIP", ""),
]


def _run(command: Sequence[str | Path], secret: str, cwd: Path) -> list[str]:
    done = subprocess.run(
        [*command, *(text for pair in PAIRS for text in pair)],
        cwd=cwd,
        env={**os.environ, "CAMPAIGN_SECRET": secret, "LC_ALL": "C.UTF-8", "GO111MODULE": "off"},
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def _python(code: str, secret: str, folder: Path) -> list[str]:
    (folder / "sign.py").write_text(
        f"{code}\n\nimport sys\n\nrest = iter(sys.argv[1:])\n"
        "for name, value in zip(rest, rest):\n    print(signature(name, value))\n",
        encoding="utf-8",
    )
    return _run([sys.executable, "sign.py"], secret, folder)


def _php(code: str, secret: str, folder: Path) -> list[str]:
    (folder / "sign.php").write_text(
        f"<?php\n{code}\nforeach (array_chunk(array_slice($argv, 1), 2) as [$name, $value]) {{\n"
        '    echo signature($name, $value), "\\n";\n}\n',
        encoding="utf-8",
    )
    return _run([needed("php"), "sign.php"], secret, folder)


def _node(code: str, secret: str, folder: Path) -> list[str]:
    (folder / "sign.mjs").write_text(
        f"{code}\n\nfor (const [name, value] of {json.dumps(PAIRS)}) "
        "console.log(signature(name, value));\n",
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAMPAIGN_SECRET", secret)
        done = node.node("sign.mjs", cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def _ruby(code: str, secret: str, folder: Path) -> list[str]:
    (folder / "sign.rb").write_text(
        f"{code}\n\nARGV.each_slice(2) {{ |name, value| puts signature(name, value) }}\n",
        encoding="utf-8",
    )
    return _run([needed("ruby"), "sign.rb"], secret, folder)


def _go(code: str, secret: str, folder: Path) -> list[str]:
    (folder / "sign.go").write_text(
        f'package main\n\nimport "fmt"\n\n{code}\n\nfunc main() {{\n'
        "\tfor i := 1; i < len(os.Args); i += 2 {\n"
        "\t\tfmt.Println(signature(os.Args[i], os.Args[i+1]))\n\t}\n}\n",
        encoding="utf-8",
    )
    return _run([needed("go"), "run", "sign.go"], secret, folder)


RUN: dict[str, Callable[[str, str, Path], list[str]]] = {
    "Python": _python,
    "PHP": _php,
    "Node.js": _node,
    "Ruby": _ruby,
    "Go": _go,
}


def _signed(title: str, key: str, secret: str, folder: Path) -> list[str]:
    """What the recipe for a language makes of PAIRS."""
    [code] = [each.code for each in recipes.signatures(key) if each.title == title]
    return RUN[title](code, secret, folder)


def test_every_recipe_is_run() -> None:
    assert [each.title for each in recipes.signatures("y2sB7")] == list(RUN)


@pytest.mark.parametrize("title", RUN)
def test_a_recipe_signs_every_name_and_value_as_the_server_does(title: str, tmp_path: Path) -> None:
    expected = [sign(SECRET, "y2sB7", name, value) for name, value in PAIRS]
    assert _signed(title, "y2sB7", SECRET, tmp_path) == expected


@pytest.mark.parametrize("title", RUN)
def test_a_campaign_accepts_what_a_recipe_signs_and_nothing_else(
    title: str, trk_backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    campaign = trk_campaign()
    for name, _ in PAIRS:
        campaign.add_action(name, signed=True)
    secret = API(trk_backend).get(f"/campaigns/{campaign.key}/secret")["secret"]
    signatures = _signed(title, campaign.key, secret, tmp_path)
    pairs = [[*pair, made] for pair, made in zip(PAIRS, signatures, strict=True)]
    moved = [[*pair, made] for pair, made in zip(PAIRS[1:], signatures, strict=False)]
    answered = _sent(campaign.url, [*pairs, *moved])
    assert answered["pairs"] == ["waiting"] * len(pairs) + ["refused"] * len(moved)
    assert {each["code"] for each in answered["refused"]} == {"bad_signature"}


def _sent(url: str, pairs: list[list[str]]) -> Any:
    beacon = {"id": "0193e5b4-6f3a-7c1e-9d2a-0123456789ab", "visitor": "a" * 32, "pairs": pairs}
    request = urllib.request.Request(
        f"{url}/beacon", json.dumps(beacon).encode(), {"Content-Type": "text/plain"}
    )
    with direct(request, timeout=60) as response:
        return json.load(response)
