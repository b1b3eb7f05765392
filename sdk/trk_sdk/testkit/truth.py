"""What the server has stored, asked of its API, and waits that say what did arrive instead."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from trk_sdk import snippet
from trk_sdk.names import fold
from trk_sdk.testkit.api import API
from trk_sdk.testkit.process import Backend

T = TypeVar("T")
R = TypeVar("R")
Pause = Callable[[float], None]
"""Waits for so many seconds; with a page open it must let the browser's events through."""

WAIT_SECONDS = 15.0
LOOK_SECONDS = 0.05


class _Any:
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "(any)"


ANY: Any = _Any()
"""Stands for any value in an expectation."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """One stored name and value. `outcome`: unlocked, repeated, waiting, unmatched or refused."""

    name: str
    value: str | None
    visitor: str
    outcome: str
    refusal: str | None
    beacon: str
    n: int

    def __str__(self) -> str:
        """As a failed expectation lists it."""
        refusal = f": {self.refusal}" if self.refusal else ""
        return f"{self.name!r}, {self.value!r} ({self.outcome}{refusal}) of visitor {self.visitor}"


@dataclass(frozen=True, slots=True)
class Completion:
    """One entrant's unlocked action; `details` is the value of the tracking that unlocked it."""

    tracking_name: str
    email: str
    details: str | None
    worth: int
    day: str

    def __str__(self) -> str:
        """As a failed expectation lists it."""
        return f"{self.tracking_name!r} for {self.email}, details {self.details!r}, on {self.day}"


class Campaign:
    """A campaign made for one test: where its pieces are, and what has reached it."""

    def __init__(self, backend: Backend, api: API, key: str, name: str, pause: Pause) -> None:
        self.key = key
        self.name = name
        self.address = backend.url
        """The server's address."""
        self.url = f"{backend.url}/{key}"
        """The campaign's page, where people enter."""
        self.script_url = f"{backend.url}/{key}/trk.js"
        self.loader = snippet.loader(key, backend.url)
        """The tracking script as the site's owner pastes it into the page's head."""
        self._api = api
        self._pause = pause

    def add_action(self, tracking_name: str, **fields: Any) -> int:
        """Add an action (title: the tracking name, unless given); its id.

        `fields` are the API's: title, url, description, worth, frequency.
        """
        body = {"title": tracking_name, "tracking_name": tracking_name, **fields}
        made = self._api.post(f"/campaigns/{self.key}/actions", body)
        return int(made["id"])

    def add_prize(self, title: str, **fields: Any) -> int:
        """Add a prize; its id. `fields` are the API's: winners, description."""
        made = self._api.post(f"/campaigns/{self.key}/prizes", {"title": title, **fields})
        return int(made["id"])

    def add_field(self, label: str, **fields: Any) -> int:
        """Ask for something besides name and e-mail; the field's id.

        `fields` are the API's: kind, required, options, minimum_age.
        """
        made = self._api.post(f"/campaigns/{self.key}/fields", {"label": label, **fields})
        return int(made["id"])

    def entrants(self) -> list[dict[str, Any]]:
        """Who has entered, as the API has them, oldest first: name, email, answers…"""
        return self._api.all(f"/campaigns/{self.key}/entrants")

    def put_picture(self, place: str, content: bytes, alt: str = "") -> None:
        """Put a picture (PNG, JPEG, WebP or GIF) in a place, such as `banner` or `prize-1`."""
        body = {"content": base64.b64encode(content).decode(), "alt": alt}
        self._api.put(f"/campaigns/{self.key}/pictures/{place}", body)

    def change(self, **fields: Any) -> None:
        """Change its settings; `fields` are the API's, such as ends_at."""
        self._api.patch(f"/campaigns/{self.key}", fields)

    def close(self) -> None:
        """Close it now."""
        self._api.post(f"/campaigns/{self.key}/close", {})

    def pinned(self) -> dict[str, str]:
        """The script pinned to an address that never changes: release, url, integrity, tag."""
        made: dict[str, str] = self._api.post(f"/campaigns/{self.key}/scripts", {})
        return made

    def mails(self) -> list[dict[str, Any]]:
        """The campaign's mails, sent or not: recipient, subject, body, error…, oldest first."""
        return self._api.all(f"/campaigns/{self.key}/mails")

    def go_url(self, tracking_name: str) -> str:
        """The link on the campaign's page that leads an entrant to the action's own address."""
        for action in self._api.get(f"/campaigns/{self.key}/actions")["data"]:
            if fold(action["tracking_name"]) == fold(tracking_name):
                return f"{self.url}/go/{action['id']}"
        raise LookupError(f"campaign {self.key} has no action {tracking_name!r}.")

    def trackings(self, *, visitor: str | None = None) -> list[Tracking]:
        """What has been stored, in the order in which the pages pushed it."""
        rows = self._api.all(f"/campaigns/{self.key}/trackings", visitor=visitor)
        found = [
            Tracking(**{field: row[field] for field in Tracking.__dataclass_fields__})
            for row in rows
        ]
        # Requests may overtake each other on the network; beacons' ids are in time order.
        return sorted(found, key=lambda tracking: (tracking.beacon, tracking.n))

    def completions(self) -> list[Completion]:
        """The actions that are unlocked, in the order in which they were."""
        return [
            Completion(**{field: row[field] for field in Completion.__dataclass_fields__})
            for row in self._api.all(f"/campaigns/{self.key}/completions")
        ]

    def expect_tracking(
        self,
        name: str,
        value: str | None = ANY,
        *,
        outcome: str = ANY,
        timeout: float = WAIT_SECONDS,
    ) -> Tracking:
        """Wait until a tracking with this name and value (and outcome) is stored; that tracking.

        Names are compared as the server compares them: without regard to case.
        Raises AssertionError with what is stored instead, after `timeout` seconds.
        """

        def found(trackings: Sequence[Tracking]) -> Tracking | None:
            matching = (t for t in trackings if fold(t.name) == fold(name) and value == t.value)
            return next((t for t in matching if outcome == t.outcome), None)

        __tracebackhide__ = True
        wanted = f"the tracking {name!r}{_told(value=value, outcome=outcome)}"
        return self._expect(self.trackings, found, wanted, timeout)

    def expect_trackings(
        self, *pairs: tuple[str, str | None], timeout: float = WAIT_SECONDS
    ) -> list[Tracking]:
        """Wait until as many trackings as `pairs` (name, value) are stored; they must be these.

        In the order in which the pages pushed them. To show that something was *not* sent, push
        one more thing, and expect only the rest.
        """

        def found(trackings: list[Tracking]) -> list[Tracking] | None:
            return trackings if len(trackings) >= len(pairs) else None

        __tracebackhide__ = True
        wanted = f"just the trackings {list(pairs)}"
        trackings = self._expect(self.trackings, found, wanted, timeout)
        assert [(t.name, t.value) for t in trackings] == list(pairs)
        return trackings

    def expect_unlocked(
        self,
        tracking_name: str,
        *,
        email: str = ANY,
        details: str | None = ANY,
        timeout: float = WAIT_SECONDS,
    ) -> Completion:
        """Wait until the action with this tracking name is unlocked; that completion.

        Raises AssertionError with what is unlocked and stored instead, after `timeout` seconds.
        """

        def found(completions: Sequence[Completion]) -> Completion | None:
            matching = (c for c in completions if fold(c.tracking_name) == fold(tracking_name))
            return next((c for c in matching if email == c.email and details == c.details), None)

        __tracebackhide__ = True
        wanted = f"the action {tracking_name!r} unlocked{_told(email=email, details=details)}"
        return self._expect(self.completions, found, wanted, timeout)

    def _expect(
        self, look: Callable[[], T], found: Callable[[T], R | None], wanted: str, timeout: float
    ) -> R:
        __tracebackhide__ = True
        deadline = time.monotonic() + timeout
        while (result := found(look())) is None:
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"expected {wanted} in campaign {self.key} within {timeout:g} s.\n"
                    f"{_listed('Unlocked', self.completions())}\n"
                    f"{_listed('Stored', self.trackings())}"
                )
            self._pause(LOOK_SECONDS)
        return result


def known_campaign(backend: Backend, key: str, *, pause: Pause) -> Campaign:
    """A campaign that is there already. Raises AssertionError if there is none with this key."""
    api = API(backend)
    return Campaign(backend, api, key, api.get(f"/campaigns/{key}")["name"], pause)


def make_campaign(
    backend: Backend, tracking_names: Sequence[str], *, url: str, pause: Pause, **fields: Any
) -> Campaign:
    """A campaign with a fresh key and an action for each of `tracking_names`.

    `url` is where the actions lead (may be empty); `fields` are the API's for a campaign: name,
    key, kind, timezone, starts_at, ends_at, description.
    """
    api = API(backend)
    made = api.post("/campaigns", {"name": "Testkit campaign", **fields})
    campaign = Campaign(backend, api, made["key"], made["name"], pause)
    for tracking_name in tracking_names:
        campaign.add_action(tracking_name, url=url)
    return campaign


def _told(**expected: object) -> str:
    told = [f" with {name} {value!r}" for name, value in expected.items() if value is not ANY]
    return " and".join(told)


def _listed(title: str, items: Sequence[object]) -> str:
    if not items:
        return f"{title}: nothing."
    return "\n  ".join([f"{title}:", *map(str, items)])
