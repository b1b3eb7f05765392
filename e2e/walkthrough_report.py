"""The report of a walkthrough: its steps and scenes, their pictures, and the page of them all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from playwright.sync_api import Page

from e2e.stage import JPEG
from trk_shop.campaign import NAME
from trk_shop.uses import USES, Use


class Picture(NamedTuple):
    """A picture of a page: its file's name, and the size of the window."""

    file: str
    width: int
    height: int


class Letter(NamedTuple):
    """An e-mail as it was sent."""

    recipient: str
    subject: str
    body: str


@dataclass(slots=True)
class Step:
    """One use as it went: its pictures, what was stored, or why it failed."""

    use: Use
    story: str
    pictures: dict[str, Picture] = field(default_factory=dict)
    details: str | None = None
    outcome: str = ""
    code: str = ""
    failure: str = ""


@dataclass(slots=True)
class Scene:
    """Something else that happens: a story, its pictures with captions, perhaps an e-mail."""

    title: str
    story: str
    language: str = "en"
    """Of the e-mail."""
    pictures: dict[str, Picture] = field(default_factory=dict)
    letter: Letter | None = None
    failure: str = ""


@dataclass(slots=True)
class Report:
    """A walk through all uses, written as HTML into a folder with its pictures."""

    folder: Path
    browser: str = ""
    start: Picture | None = None
    """The campaign before the first use."""
    steps: list[Step] = field(default_factory=list)
    widgets: list[Scene] = field(default_factory=list)
    languages: list[Scene] = field(default_factory=list)

    @property
    def scenes(self) -> list[Scene]:
        """All scenes, in their order."""
        return self.widgets + self.languages

    def picture(self, page: Page, name: str) -> Picture:
        """Take a picture of `page`, in a file with this name."""
        page.screenshot(path=self.folder / f"{name}.jpg", **JPEG)
        size = page.viewport_size
        assert size is not None
        return Picture(f"{name}.jpg", size["width"], size["height"])

    def write(self) -> Path:
        """Write the report; its file."""
        loader = FileSystemLoader(Path(__file__).parent)
        template = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined
        ).get_template("walkthrough.html")
        done = [step for step in self.steps if not step.failure]
        file = self.folder / "index.html"
        html = template.render(
            campaign=NAME,
            report=self,
            uses=USES,
            done=done,
            entries=sum(step.use.worth for step in done),
            when=datetime.now(UTC),
        )
        file.write_text(html, encoding="utf-8")
        return file
