"""sdk/README.md says what is true: its console lines are the code's, its scripts are JavaScript."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import trk_sdk
from tests.sdk import node
from trk.core import beacon
from trk_sdk import builder, recipes, snippet

README = (Path(trk_sdk.__file__).parents[1] / "README.md").read_text("utf-8")
ROOT = Path(trk_sdk.__file__).parents[2]
SAYING = [
    *(ROOT / "backend" / "trk" / "core").glob("*.py"),
    ROOT / "sdk" / "trk_sdk" / "builder.py",
    ROOT / "sdk" / "trk_sdk" / "console.py",
    *builder.SOURCES,
    ROOT / "sdk" / "trk_sdk" / "src" / "frame.js",
]
ROWS = re.findall(r"^\| `(?:trk\.js: )(.+?)`", README, re.M)


def spoken() -> str:
    """All that the code says, as one text: without the quotes that end and begin a line."""
    text = " ".join(path.read_text("utf-8") for path in SAYING)
    text = re.sub(r'"\s*(?:#[^\n]*)?\n?\s*f?"', "", text)
    return text.replace("GLOBAL", "Gleam")


@pytest.mark.parametrize("row", ROWS)
def test_each_console_line_of_the_table_is_said_by_the_code(row: str) -> None:
    said = spoken()
    parts = [part.strip() for part in row.split("…") if part.strip(" ;")]
    for part in parts:
        words = re.sub(r"(?<=sent|ered)\b.*", "", part).removesuffix("[]").strip()
        assert words in said, f"nothing says {words!r}"


def test_the_table_has_its_rows() -> None:
    assert len(ROWS) >= 12


def test_the_loader_is_the_one_that_is_printed() -> None:
    assert snippet.loader("KEY", "HOST") in README
    assert snippet.async_tag("KEY", "HOST") in README


def test_the_widgets_tags_and_the_policies_are_those_of_the_owners_page() -> None:
    assert snippet.overlay("KEY", "HOST") in README
    assert snippet.embed("KEY", "HOST") in README
    assert snippet.policy("HOST") in README
    assert snippet.policy("HOST", framed=True) == snippet.policy("HOST") + "; frame-src HOST"
    assert "also `frame-src HOST`" in README


NAMES = ("Purchase", "Purchase", "Purchase", "VisitGuide", "Signup")
RECIPES = [recipes.sites("KEY", "HOST", name)[number] for number, name in enumerate(NAMES)]


def test_the_owners_page_has_no_other_recipes() -> None:
    assert len(recipes.sites("KEY", "HOST")) == len(RECIPES)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda each: each.title)
def test_the_recipes_are_those_of_the_owners_page(recipe: recipes.Recipe) -> None:
    assert f"\n{recipe.code}\n```" in README
    assert f"**{recipe.title}.** {recipe.words}" in " ".join(README.split())


def test_the_size_that_is_promised_holds() -> None:
    [promised] = re.findall(r"under ([\d,]+) bytes with brotli", README)
    text = builder.script("y2sB7", "https://track.example.org")
    assert builder.Sizes.of(text).brotli < int(promised.replace(",", ""))


SCRIPTS = re.findall(r"```js\n(.*?)```", README, re.S)


@pytest.mark.parametrize("number", range(len(SCRIPTS)))
def test_each_script_is_javascript(number: int, tmp_path: Path) -> None:
    file = tmp_path / "script.mjs"
    file.write_text(SCRIPTS[number], encoding="utf-8")
    done = node.node("--check", file, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_shopify_pixel_sends_a_beacon_that_the_server_reads(tmp_path: Path) -> None:
    [pixel] = [script for script in SCRIPTS if "checkout_completed" in script]
    around = """
    const event = { data: { checkout: { order: { id: 'order-17' } } } };
    const analytics = { subscribe: (name, fn) => fn(event) };
    const browser = { cookie: { get: async () => '0123456789abcdef0123456789abcdef' } };
    globalThis.fetch = (url, options) => console.log(options.body);
    """
    file = tmp_path / "pixel.mjs"
    file.write_text(around + pixel, encoding="utf-8")
    sent = beacon.read(node.node(file, cwd=tmp_path).stdout.encode())
    assert isinstance(sent, beacon.Beacon), sent
    assert sent.pairs == [["Purchase", "order-17"]]


def test_the_visitors_cookie_lives_as_long_as_is_said() -> None:
    assert "34e6" in builder.build()
    assert "394 days" in README
    assert pytest.approx(394, abs=1) == 34_000_000 / 86_400
