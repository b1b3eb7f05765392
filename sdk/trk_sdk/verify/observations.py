"""What was observed on a page: `watch` collects it, `verdict` judges it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

_SCRIPT = re.compile(r"(.*)/([A-Za-z0-9]{5,40})/(trk|ol|embed)\.js")
_BEACON = re.compile(r"(.*)/([A-Za-z0-9]{5,40})/beacon")
_PLACE = re.compile(r"(https?://\S+?):(\d+):\d+")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class CampaignAddress:
    """The campaign of a script or beacon: the server's address (no trailing `/`) and the key."""

    address: str
    key: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A reference to a tracking script in the page's HTML, whether the script runs or not.

    `kind`: a `tag` with `src`, the `inline` loader, or either of them in a `comment`; `type` is the
    script's `type` attribute; `url` is the tag's absolute `src`, or empty.
    """

    kind: Literal["tag", "inline", "comment"]
    url: str = ""
    type: str = ""
    awaits: bool = False
    """Does the page wait for the script, since the tag has neither async nor defer?"""


@dataclass(frozen=True, slots=True)
class Script:
    """One request for a tracking script; `status` and `type` are those of the response, if any.

    `failure` is the browser's error code, or empty.
    """

    url: str
    campaign: CampaignAddress
    status: int | None = None
    type: str = ""
    failure: str = ""
    arrived: bool = False
    framed: bool = False
    """Was it asked for by a frame of the page?"""


@dataclass(frozen=True, slots=True)
class Send:
    """One attempt of trk.js to send a beacon.

    `status` is None until there is a response, and 0 if the request failed.
    """

    url: str
    campaign: CampaignAddress
    body: str
    status: int | None = None
    answer: str = ""
    parting: bool = False
    """Was it sent while the page was being left, so that its response can't be observed?"""


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that the page's Content-Security-Policy blocked: an address, or `inline`."""

    directive: str
    blocked: str
    policy: str


class Place(NamedTuple):
    """Where a call stands: the script's address (or the page's, if it is inline), and the line."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class UncaughtError:
    """An uncaught error of the page.

    `places` are the calls that led to it, innermost first; empty if the browser does not say.
    """

    text: str
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Global:
    """The page's global at the end of the visit.

    `window` says what `window.Gleam` is: `ours` (trk.js has taken it over), an `array`, `absent` or
    `other`; `queued` are the items in that array, as JSON: if it is `ours`, those that were put
    there in another way than by its push. `apart` are the items of an array that the page declares
    under the same name without putting it on `window`; None if there is none. `error` is what
    reading `window.Gleam` threw, or empty.
    """

    window: Literal["ours", "array", "absent", "other"] = "absent"
    queued: tuple[str, ...] = ()
    apart: tuple[str, ...] | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Observations:
    """Everything that was observed on a page within `seconds`."""

    url: str
    mentions: tuple[Mention, ...] = ()
    scripts: tuple[Script, ...] = ()
    sends: tuple[Send, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()
    """Beacons that the browser could not send: the address, and the browser's error code."""
    violations: tuple[Violation, ...] = ()
    replayed: tuple[str, ...] = ()
    """The calls that trk.js found in the queue when it came, each as the JSON of its items."""
    pushed: tuple[str, ...] = ()
    """The calls of push that it took afterwards, each as the JSON of its items."""
    tried: bool = False
    """Has trk.js said that it sends something?"""
    lines: tuple[str, ...] = ()
    """What trk.js wrote to the console, without its prefix; behind an error stands its stack."""
    errors: tuple[UncaughtError, ...] = ()
    pushing: tuple[str, ...] = ()
    """Addresses of scripts, apart from ours, that name the global: what they push may be lost."""
    hidden: tuple[str, ...] = ()
    """Addresses of scripts that declare an array of their own under the global's name."""
    variable: Global = Global()
    seconds: float = 0.0


def script_campaign(url: str) -> CampaignAddress | None:
    """The campaign of the tracking script at `url`; None if that is no tracking script."""
    return _campaign(_SCRIPT, url)


def beacon_campaign(url: str) -> CampaignAddress | None:
    """The campaign of a beacon to `url`; None if that is no address for beacons."""
    return _campaign(_BEACON, url)


def places_in(stack: str) -> tuple[Place, ...]:
    """The places in a browser's stack trace, innermost first."""
    return tuple(Place(file, int(line)) for file, line in _PLACE.findall(stack))


def normal(address: str) -> str:
    """A server's address as browsers compare it: lower case, without the default port."""
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    usual = _DEFAULT_PORTS.get(scheme.lower(), "")
    host = host.lower()
    return f"{scheme.lower()}://{host.removesuffix(usual) if usual else host}{slash}{path}"


def _campaign(shape: re.Pattern[str], url: str) -> CampaignAddress | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    found = shape.fullmatch(parts.path)
    return found and CampaignAddress(normal(f"{parts.scheme}://{parts.netloc}{found[1]}"), found[2])
